#include "policies/retention_clock.hpp"

namespace easel::policies {

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
  const auto moved = now.database - last->database;
  const bool watched = last->host && last->host->boot == now.host.boot;
  const auto passed = watched ? now.host.up - last->host->up : duration::zero();
  if (std::chrono::abs(moved - passed) <= limits.leap)
    return clock_fault::none;
  return watched ? clock_fault::leapt : clock_fault::unwatched;
}

} // namespace easel::policies
