#include "actors/console_traces.hpp"

#include "actors/console_messages.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace easel::actors {

namespace {

traced_view view_of(const trace_event& event, const trace_page& page, std::size_t number) {
  traced_view out;
  out.number = number;
  out.after = std::max(std::chrono::nanoseconds(event.at - page.begun), std::chrono::nanoseconds(0));
  out.at = page.of.started + std::chrono::duration_cast<duration>(out.after);
  out.actor = event.actor;
  out.kind = event.kind;
  out.state = event.state;
  out.message = label_of(event.type);
  out.sender = event.sender;
  out.sender_kind = event.sender_kind;
  out.waited = event.waited;
  out.took = event.took;
  out.failed = event.failed;
  if (event.generation != uuid{})
    out.generation = generation_id{event.generation};
  return out;
}

class door_of_traces final : public traces_door {
public:
  door_of_traces(context_ptr context, trace_desk& desk) : context_(std::move(context)), desk_(desk) {}

  [[nodiscard]] const policies::trace_limits& limits() const override { return desk_.limits(); }
  [[nodiscard]] std::vector<trace_summary> all() const override { return desk_.all(); }

  void begin(trace_wanted what, console_reply<trace_started> done) override {
    if (what.trace.by != policies::trace_by::account)
      return done(desk_.begin(what.trace, context_->wall_clock()));
    const auto board = context_->console;
    auto waiter = std::make_shared<console_waiter<trace_started>>(board, std::move(done));
    if (board->questions.load() > console_board::most_questions)
      return waiter->answer(easel::unexpected(console_fault::overloaded));
    // Dropped when nobody is there: the waiter in it then answers `unavailable`.
    if (auto reader = board->reader())
      caf::anon_send(reader, trace_account{std::make_shared<const trace_wanted>(std::move(what)), std::move(waiter)});
  }

  [[nodiscard]] std::optional<trace_reading> read(std::uint64_t id, std::size_t after) const override {
    const auto page = desk_.read(id, after, most_traced_at_once);
    if (!page)
      return std::nullopt;
    trace_reading out{page->of, {}};
    out.events.reserve(page->events.size());
    for (const auto& event : page->events)
      out.events.push_back(view_of(event, *page, after + out.events.size() + 1));
    return out;
  }

  std::optional<trace_summary> stop(std::uint64_t id) override { return desk_.stop(id); }

private:
  context_ptr context_;
  trace_desk& desk_;
};

} // namespace

std::string name_of(const trace_request& what) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(what.bounds.span).count();
  return "trace." + std::string(to_string(what.by)) + " for " + std::to_string(seconds) + " s, at most "
         + std::to_string(what.bounds.events) + " messages";
}

std::unique_ptr<traces_door> make_traces_door(context_ptr context, trace_desk& desk) {
  return std::make_unique<door_of_traces>(std::move(context), desk);
}

} // namespace easel::actors
