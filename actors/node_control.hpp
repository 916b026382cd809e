#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

namespace easel::actors {

/// How far the node is with serving, and an operator's wish that it stop for a while. Root writes the state and hears
/// the wishes; anyone reads. Any thread.
class node_control {
public:
  enum class phase : std::uint8_t {
    starting, ///< has no lease yet, or starts over
    serving,
    draining,     ///< takes nothing new and ends what it has
    handing_over, ///< gives its lease up, so that others take over what is left
    drained,      ///< has no work, takes none, and may be stopped or resumed
    ending,       ///< the process is about to end
  };
  static constexpr std::int64_t never = 0;

  std::atomic<phase> at{phase::starting};
  std::atomic<std::int64_t> resumes_at{never}; ///< actor clock nanoseconds: when a drain undoes itself

  /// Drains for so long; nothing: serves again. A wish that comes before anybody hears is lost.
  void wish(std::optional<std::chrono::minutes> drained_for) const {
    const std::lock_guard lock(guard_);
    if (heard_)
      heard_(drained_for);
  }
  void on_wish(std::function<void(std::optional<std::chrono::minutes>)> heard) {
    const std::lock_guard lock(guard_);
    heard_ = std::move(heard);
  }

private:
  mutable std::mutex guard_;
  std::function<void(std::optional<std::chrono::minutes>)> heard_;
};

[[nodiscard]] constexpr std::string_view to_string(node_control::phase at) {
  using phase = node_control::phase;
  switch (at) {
  case phase::starting:
    return "starting";
  case phase::serving:
    return "serving";
  case phase::draining:
    return "draining";
  case phase::handing_over:
    return "handing over";
  case phase::drained:
    return "drained";
  case phase::ending:
    return "ending";
  }
  return "unknown";
}

} // namespace easel::actors
