#include "http/server/openai_images.hpp"

#include "http/server/credentials.hpp"
#include "http/server/generation_body.hpp"
#include "http/server/images_response.hpp"
#include "http/server/waiting_call.hpp"

#include <algorithm>
#include <set>

namespace easel::server {

namespace {

using actors::generation_event;
using actors::generation_view;

/// Bytes for every row, at least one: what a completed generation must have (GEN-1).
bool has_images(const generation_event::ended& end) {
  const auto& rows = end.final.row.images;
  if (rows.empty() || rows.size() != end.images.size())
    return false;
  return std::none_of(end.images.begin(), end.images.end(), [](const blob& b) { return b == nullptr; });
}

problem failure_of(const generation_view& view) {
  return view.row.state == generation_state::completed ? internal_error() : describe_failure(view.row);
}

/// Tells the front door once the last byte of the images has been written.
written report_answered(actors::front_door& front, generation_id id) {
  return [&front, id](bool complete) {
    if (complete)
      front.answered(id);
  };
}

/// The whole answer at once, or 409 when the edge would lose patience first.
class plain_call final : public waiting_call {
public:
  plain_call(exchange_ptr asked, actors::front_door& front) : waiting_call(std::move(asked)), front_(front) {}

  bool accepted(const generation_view& view, bool) override {
    remember(view.row.id);
    return true;
  }
  bool event(const generation_event& event) override {
    const auto* end = std::get_if<generation_event::ended>(&event.what);
    if (!end)
      return true;
    if (has_images(*end))
      answer({}, images_response(end->final.row, end->images), report_answered(front_, end->final.row.id));
    else
      fail(failure_of(end->final));
    return false;
  }
  void expired(const generation_view& view) override { fail(still_running(view.row.id)); }

private:
  actors::front_door& front_;
};

/// `stream: true`. The head is held back until moderation has spoken, so that a refusal keeps its status.
class stream_call final : public waiting_call {
public:
  stream_call(exchange_ptr asked, actors::front_door& front, stream_options options)
      : waiting_call(std::move(asked)), front_(front), options_(std::move(options)) {}
  ~stream_call() override {
    if (stream_ && !ended_)
      end_with(interrupted(row_.id));
  }

  bool accepted(const generation_view& view, bool) override {
    row_ = view.row;
    remember(row_.id);
    if (row_.state != generation_state::accepted && !is_terminal(row_.state))
      open();
    return true;
  }
  bool event(const generation_event& event) override {
    return std::visit([&](const auto& what) { return on(what); }, event.what);
  }
  void expired(const generation_view& view) override { end_with(still_running(view.row.id)); }

private:
  bool on(const generation_event::state_changed& change) {
    row_ = change.now.row;
    if (!is_terminal(row_.state))
      open();
    return true;
  }
  bool on(const generation_event::partial& part) { return push(partial_image_event(row_, part)); }
  bool on(const generation_event::image_stored& stored) {
    if (!stored.bytes)
      return true; // told without its bytes: they come with the end
    sent_.insert(stored.image.index);
    return push(completed_event(row_, stored.image, stored.bytes));
  }
  bool on(const generation_event::ended& end) {
    row_ = end.final.row;
    if (!has_images(end)) {
      end_with(failure_of(end.final));
      return false;
    }
    for (std::size_t i = 0; i < end.images.size(); ++i)
      if (!sent_.contains(row_.images[i].index) && !push(completed_event(row_, row_.images[i], end.images[i])))
        return false;
    ended_ = true;
    stream_->finish(report_answered(front_, row_.id));
    return false;
  }

  void open() {
    if (stream_)
      return;
    became_stream();
    stream_ = asked().open_stream({}, options_);
  }
  bool push(std::vector<segment> frame) {
    open();
    return stream_->push(std::move(frame));
  }
  void end_with(const problem& what) {
    ended_ = true;
    if (!stream_)
      return fail(what);
    stream_->push({segment{error_event(what, asked().request_id()), nullptr, false}});
    stream_->finish({});
  }

  actors::front_door& front_;
  stream_options options_;
  persistence::generation_row row_;
  std::shared_ptr<event_stream> stream_;
  std::set<std::int16_t> sent_;
  bool ended_ = false;
};

std::string overflow_event(const exchange& asked) {
  return error_event(plain_problem(503, "stream_too_slow",
                                   "The events were read too slowly. The generation goes on: fetch it by its id."),
                     asked.request_id());
}

} // namespace

void openai_images::generate(const exchange_ptr& asked) const {
  auto who = read_credential(*asked);
  if (!who)
    return send_problem(*asked, who.error());
  auto body = read_openai_generation(asked->body());
  if (!body)
    return send_problem(*asked, describe(body.error()));
  auto key = read_idempotency_key(*asked);
  if (!key)
    return send_problem(*asked, describe(key.error()));

  actors::create_request what;
  what.request = std::move(body->request);
  what.idempotency_key = std::move(*key);
  what.fingerprint_source = std::move(body->canonical);
  what.retry_count = read_retry_count(*asked);
  what.synchronous = true;
  actors::watch_options how;
  if (body->stream) {
    how.wants_partials = what.request.partial_images.value_or(0) > 0;
    stream_options options{settings_.heartbeat, settings_.stream_backlog, overflow_event(*asked)};
    front_.create(std::move(*who), std::move(what), how,
                  std::make_shared<stream_call>(asked, front_, std::move(options)));
  } else {
    how.wait = settings_.silence_limit;
    front_.create(std::move(*who), std::move(what), how, std::make_shared<plain_call>(asked, front_));
  }
}

void openai_images::refuse_upload(const exchange_ptr& asked) const {
  if (const auto who = read_credential(*asked); !who)
    return send_problem(*asked, who.error());
  auto refused = plain_problem(400, "unsupported_operation",
                               "Edits and variations are not offered: only prompt text may leave this service, never a "
                               "person's image.");
  send_problem(*asked, refused);
}

} // namespace easel::server
