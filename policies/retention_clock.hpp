#pragma once

#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/uuid.hpp"

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
  std::optional<host_uptime> host; ///< none: an operator vouched for it
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
  duration leap = std::chrono::hours(1);     ///< of the database's clock, beyond the time that has passed
};

enum class clock_fault {
  none,
  apart,     ///< node and database disagree: one of them is wrong
  leapt,     ///< the database's clock moved by more, or less, than the time that has passed
  unwatched, ///< it moved far, and nobody knows how much time has passed: the host was started anew, or is another
};

[[nodiscard]] std::string_view to_string(clock_fault fault);

/// A mark of another boot says nothing about the time that has passed since: then at most `leap` is believed.
[[nodiscard]] clock_fault judge_clock(const std::optional<clock_mark>& last, const clock_reading& now,
                                      const clock_limits& limits = {});

} // namespace easel::policies
