#include "policies/retention_clock.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

/// Whether the time since the mark is known: the host is the same, and was not started anew.
bool is_watched(const clock_mark& last, const clock_reading& now) {
  return last.host && last.host->boot == now.host.boot;
}

/// By how much the database's clock is ahead of the time that has passed, with what it was ahead by at the mark.
duration strayed(const clock_mark& last, const clock_reading& now) {
  return (now.database - last.database) - (now.host.up - last.host->up);
}

} // namespace

std::string_view to_string(clock_fault fault) {
  switch (fault) {
  case clock_fault::none:
    return "none";
  case clock_fault::apart:
    return "the clocks of node and database are apart";
  case clock_fault::leapt:
    return "the database's clock moved by more or less than the time that has passed";
  case clock_fault::unwatched:
    return "the database's clock moved far while nobody watched it";
  }
  return "unknown";
}

clock_fault judge_clock(const std::optional<clock_mark>& last, const clock_reading& now, const clock_limits& limits) {
  if (now.database < now.node_before - limits.apart || now.database > now.node_after + limits.apart)
    return clock_fault::apart;
  if (!last)
    return clock_fault::none;
  const bool watched = is_watched(*last, now);
  const auto beyond = watched ? strayed(*last, now) : now.database - last->database;
  if (std::chrono::abs(beyond) <= limits.leap)
    return clock_fault::none;
  return watched ? clock_fault::leapt : clock_fault::unwatched;
}

clock_mark mark_of(const std::optional<clock_mark>& last, const clock_reading& now, const clock_limits& limits) {
  clock_mark out{now.database, now.host};
  if (!last || !is_watched(*last, now))
    return out;
  const auto beyond = strayed(*last, now);
  const auto moved = std::max(duration::zero(), now.database - last->database);
  const auto forgiven = std::min(std::chrono::abs(beyond), moved / limits.drift);
  out.host->up += beyond > duration::zero() ? beyond - forgiven : beyond + forgiven;
  return out;
}

} // namespace easel::policies
