#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// What happened to the actors and upstreams of a process lately. Bounded: the oldest make room, and are counted. One
/// thread at a time.
namespace easel::policies {

enum class console_event_kind {
  actor_started,
  actor_failed,
  actor_restarted, ///< in place of one that failed
  breaker_opened,
  breaker_closed,
  upstream_paused,
  upstream_resumed,
  action_taken,    ///< by an operator
  node_joined,     ///< this one holds its lease
  node_left,       ///< this one has lost it
  node_draining,   ///< this one
  work_taken_over, ///< of a node that has left
};
[[nodiscard]] constexpr std::string_view to_string(console_event_kind what) {
  constexpr std::array<std::string_view, 12> names{
    "actor_started",    "actor_failed", "actor_restarted", "breaker_opened", "breaker_closed", "upstream_paused",
    "upstream_resumed", "action_taken", "node_joined",     "node_left",      "node_draining",  "work_taken_over"};
  return names[static_cast<std::size_t>(what)];
}

struct console_event {
  instant at;
  console_event_kind what = console_event_kind::actor_started;
  std::string about;        ///< "provider connection #17", "sub2api/relay-1", "account.suspend"
  std::string detail;       ///< how it went; may be empty
  std::uint64_t actor = 0;  ///< 0: none, or several
  std::uint64_t number = 0; ///< one more than that of the event before
};

class event_ring {
public:
  static constexpr std::size_t kept = 1024;
  static constexpr std::size_t longest_text = 96; ///< bytes of `about` and of `detail`; what is beyond is cut off

  void add(console_event event);
  /// Events that nobody had the room to add one by one.
  void skip(std::uint64_t count) { skipped_ += count; }

  /// The latest that are not after `until`, at most `most`, newest first.
  [[nodiscard]] std::vector<console_event> latest(instant until, std::size_t most) const;
  /// Events that made room for others, or were skipped.
  [[nodiscard]] std::uint64_t dropped() const { return numbered_ - events_.size() + skipped_; }

private:
  std::deque<console_event> events_; ///< oldest first
  std::uint64_t numbered_ = 0;
  std::uint64_t skipped_ = 0;
};

} // namespace easel::policies
