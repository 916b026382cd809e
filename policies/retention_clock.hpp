#pragma once

#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// A wrong clock must not delete what is not due (RET-1): whether the database's clock may be believed.
namespace easel::policies {

/// How long one boot of one host has lasted, sleep included. Two of them tell the time between them only when the boot
/// is the same.
struct host_uptime {
  uuid boot{};
  duration up{};

  friend bool operator==(const host_uptime&, const host_uptime&) = default;
};

/// The last time that the database's clock was believed.
struct clock_mark {
  instant database;
  /// What the host's uptime would have been, had the database's clock never strayed from it: so what it strayed by is
  /// in the mark, adds up from one to the next, and outlives the process. None: an operator vouched for the clock.
  std::optional<host_uptime> host;
};

/// The database's clock, read between two looks at the node's.
struct clock_reading {
  instant node_before;
  instant database;
  instant node_after;
  host_uptime host;
};

struct clock_limits {
  duration apart = std::chrono::seconds(60); ///< between node and database
  duration leap = std::chrono::hours(1);     ///< of the database's clock beyond the time that has passed, in all
  /// One part in so many of what the clock moved by is forgiven: no two clocks go alike, and none that is kept right by
  /// slewing is slewed faster. Without it, what strayed in years would add up to a fault.
  std::int32_t drift = 2000;
};

enum class clock_fault {
  none,
  apart,     ///< node and database disagree: one of them is wrong
  leapt,     ///< the database's clock moved by more, or less, than the time that has passed: at once or by and by
  unwatched, ///< it moved far, and nobody knows how much time has passed: the host was started anew, or is another
};

[[nodiscard]] std::string_view to_string(clock_fault fault);

/// A clock that creeps is found like one that leaps, because `mark_of` keeps what it strayed by before. A mark of
/// another boot says nothing about the time that has passed since: then at most `leap` is believed.
[[nodiscard]] clock_fault judge_clock(const std::optional<clock_mark>& last, const clock_reading& now,
                                      const clock_limits& limits = {});

/// What is kept of a reading that was believed after `last`.
[[nodiscard]] clock_mark mark_of(const std::optional<clock_mark>& last, const clock_reading& now,
                                 const clock_limits& limits = {});

} // namespace easel::policies
