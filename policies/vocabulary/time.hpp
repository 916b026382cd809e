#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace easel {

/// A point in civil time, UTC, in microseconds: the resolution of PostgreSQL's timestamptz.
using instant = std::chrono::sys_time<std::chrono::microseconds>;

/// A UTC calendar day: the unit in which content is partitioned and allowances are counted.
using day = std::chrono::sys_days;

using duration = std::chrono::microseconds;

/// A point on the node's monotonic clock, as the actors' clock gives it. Only differences mean anything.
using moment = std::chrono::steady_clock::time_point;

[[nodiscard]] constexpr day day_of(instant at) { return std::chrono::floor<std::chrono::days>(at); }

[[nodiscard]] constexpr std::int64_t unix_seconds(instant at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

/// RFC 3339 with a trailing Z and milliseconds: 2026-11-23T05:32:00.123Z.
[[nodiscard]] std::string to_string(instant at);

/// RFC 3339 in UTC with `T` and `Z`, the fraction of at most six digits optional: 2026-11-23T05:32:00Z. Nothing for
/// anything else, leap seconds and years before 1970 included.
[[nodiscard]] std::optional<instant> parse_instant(std::string_view text);

/// 2026-11-23.
[[nodiscard]] std::string to_string(day at);

} // namespace easel
