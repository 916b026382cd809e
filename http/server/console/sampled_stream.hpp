#pragma once

#include "actors/console_door.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/exchange.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

/// Event streams that have something to say with each sample of the console, which is once a second.
namespace easel::server {

/// What is said with one sample, as it is sent.
struct stream_event {
  std::string text;
  bool is_last = false;
};
[[nodiscard]] stream_event make_event(std::string_view name, const std::string& data, bool is_last = false);

/// Holds a place among those who watch. A reader that falls behind is told `resync` and cut off: it asks for the whole
/// again and opens the stream anew. It ends within a minute of its operator's session.
class sampled_stream : public actors::console_watcher, public std::enable_shared_from_this<sampled_stream> {
public:
  /// `recheck` empty: the reader may go on for ever.
  sampled_stream(exchange_ptr asked, operator_guard::recheck recheck)
      : asked_(std::move(asked)), recheck_(std::move(recheck)) {}
  ~sampled_stream() override;

  /// The stream begins once it is certain that there is a place for it, and is answered 503 otherwise.
  static void begin(actors::console_door& door, const std::shared_ptr<sampled_stream>& stream);

  bool sampled(const actors::sample_ptr& sample) final;

private:
  /// Never twice at a time; on an actor's thread but for the first, so it must not block.
  [[nodiscard]] virtual stream_event tell(const actors::console_sample& sample) = 0;

  void open();
  void refuse();
  void end();
  [[nodiscard]] bool say(const actors::console_sample& sample);

  exchange_ptr asked_;
  const operator_guard::recheck recheck_;
  std::atomic<int> told_{0};
  std::mutex guard_;
  bool is_over_ = false; ///< all was said, or its operator is known no more
  std::shared_ptr<event_stream> stream_;
};

} // namespace easel::server
