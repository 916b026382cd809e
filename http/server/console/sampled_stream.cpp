#include "http/server/console/sampled_stream.hpp"

#include "http/server/answers.hpp"

namespace easel::server {

namespace {

constexpr int backlog = 8;        ///< events that a reader may be behind
constexpr int recheck_after = 30; ///< samples, a second each: whose session it is, is believed for as long elsewhere

} // namespace

stream_event make_event(std::string_view name, const std::string& data, bool is_last) {
  return {"event: " + std::string(name) + "\ndata: " + data + "\n\n", is_last};
}

sampled_stream::~sampled_stream() {
  if (stream_)
    stream_->finish({});
}

void sampled_stream::begin(actors::console_door& door, const std::shared_ptr<sampled_stream>& stream) {
  if (!door.watch(stream))
    return stream->refuse();
  stream->open();
  if (const auto now = door.latest())
    (void)stream->sampled(now);
}

void sampled_stream::open() {
  std::lock_guard lock(guard_);
  stream_options options;
  options.backlog = backlog;
  options.overflow_event = make_event("resync", "{}").text;
  stream_ = asked_->open_stream({}, options);
  asked_.reset();
}

void sampled_stream::refuse() {
  auto full = plain_problem(503, "overloaded", "As many consoles watch this server as may.");
  full.retry_after = std::chrono::seconds(5);
  send_problem(*asked_, full);
}

bool sampled_stream::sampled(const actors::sample_ptr& sample) {
  if (!say(*sample))
    return false;
  // Not with the guard held: who is known at once is answered at once.
  if (recheck_ && ++told_ % recheck_after == 0)
    recheck_([watch = weak_from_this()] {
      if (const auto self = watch.lock())
        self->end();
    });
  return true;
}

void sampled_stream::end() {
  std::lock_guard lock(guard_);
  is_over_ = true;
  if (stream_)
    stream_->finish({});
}

bool sampled_stream::say(const actors::console_sample& sample) {
  std::lock_guard lock(guard_);
  if (is_over_)
    return false;
  if (!stream_)
    return true;
  auto next = tell(sample);
  const bool is_read = next.text.empty() || stream_->push({segment{std::move(next.text), nullptr, false}});
  if (next.is_last) {
    is_over_ = true;
    stream_->finish({});
  }
  return is_read && !is_over_;
}

} // namespace easel::server
