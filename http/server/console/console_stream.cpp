#include "http/server/console/console_stream.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_json.hpp"
#include "http/server/views.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace easel::server {

namespace {

using nlohmann::json;

constexpr int backlog = 8;        ///< samples that a reader may be behind
constexpr int recheck_after = 30; ///< samples, a second each: whose session it is, is believed for as long elsewhere

class console_stream final : public actors::console_watcher, public std::enable_shared_from_this<console_stream> {
public:
  console_stream(exchange_ptr asked, operator_guard::recheck recheck)
      : asked_(std::move(asked)), recheck_(std::move(recheck)) {}
  ~console_stream() override {
    if (stream_)
      stream_->finish({});
  }

  /// The stream begins once it is certain that there is a place for it.
  void open() {
    std::lock_guard lock(guard_);
    stream_options options;
    options.backlog = backlog;
    options.overflow_event = "event: resync\ndata: {}\n\n";
    stream_ = asked_->open_stream({}, options);
    asked_.reset();
  }
  void refuse() {
    auto full = plain_problem(503, "overloaded", "As many consoles watch this server as may.");
    full.retry_after = std::chrono::seconds(5);
    send_problem(*asked_, full);
  }

  bool sampled(const actors::sample_ptr& sample) override {
    if (!tell(sample))
      return false;
    // Not with the guard held: who is known at once is answered at once.
    if (recheck_ && ++told_ % recheck_after == 0)
      recheck_([watch = weak_from_this()] {
        if (const auto self = watch.lock())
          self->end();
      });
    return true;
  }

private:
  void end() {
    std::lock_guard lock(guard_);
    is_over_ = true;
    if (stream_)
      stream_->finish({});
  }

  bool tell(const actors::sample_ptr& sample) {
    std::lock_guard lock(guard_);
    if (is_over_)
      return false;
    if (!stream_)
      return true;
    json out = {{"at", to_string(sample->at)},
                {"ready", sample->ready},
                {"draining", sample->draining},
                {"node", view_of_node(*sample)},
                {"uptime_ms", std::chrono::duration_cast<std::chrono::milliseconds>(sample->uptime).count()},
                {"console", view_of_console(*sample)},
                {"values", values_of(sample->values)},
                {"more_concerns", sample->more_concerns},
                {"types", changed("type ", sample->kinds, [](const auto& k) { return k.kind; })},
                {"upstreams", changed("upstream ", sample->upstreams,
                                      [](const auto& u) { return std::string(u.to) + '/' + u.label; })},
                {"queues", changed("queue ", sample->queues, [](const auto& q) { return q.name; })}};
    add_if_new(out, "stages", list_of(sample->stages));
    add_if_new(out, "concerns", list_of(sample->concerns));
    return stream_->push({segment{"event: sample\ndata: " + dump(out) + "\n\n", nullptr, false}});
  }

  /// Remembers what was sent under a name; false when it is the same again.
  bool is_new(const std::string& name, const std::string& text) {
    auto& before = sent_[name];
    if (before == text)
      return false;
    before = text;
    return true;
  }

  template <class T, class Name>
  json changed(const char* prefix, const std::vector<T>& items, Name name) {
    auto out = json::array();
    for (const auto& item : items)
      if (auto view = view_of(item); is_new(prefix + name(item), dump(view)))
        out.push_back(std::move(view));
    return out;
  }

  void add_if_new(json& out, const char* name, json list) {
    if (is_new(name, dump(list)))
      out[name] = std::move(list);
  }

  exchange_ptr asked_;
  const operator_guard::recheck recheck_; ///< empty: the reader may go on for ever
  std::atomic<int> told_{0};
  std::mutex guard_;
  bool is_over_ = false; ///< its operator is known no more
  std::shared_ptr<event_stream> stream_;
  std::map<std::string, std::string> sent_; ///< one entry for each type, upstream and queue: few, and none leaves
};

} // namespace

void stream_console(actors::console_door& door, const exchange_ptr& asked, operator_guard::recheck recheck) {
  auto stream = std::make_shared<console_stream>(asked, std::move(recheck));
  if (!door.watch(stream))
    return stream->refuse();
  stream->open();
  if (const auto now = door.latest())
    (void)stream->sampled(now);
}

} // namespace easel::server
