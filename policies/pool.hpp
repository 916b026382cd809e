#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace easel::policies {

/// What choosing between the credentials of one pool depends on.
struct pool_member {
  int weight = 1;
  int in_flight = 0;
  int concurrency = 1; ///< most calls at a time
  bool admits = true;  ///< breaker closed or probing, start window open, credit above the floor, not drained
};

/// The member with the smallest share of its weight in use; ties go to the first. Nothing when none may start.
[[nodiscard]] std::optional<std::size_t> choose_member(std::span<const pool_member> members);

/// How many more starts a connection may hand out to whoever assigns its work. `probing`: its breaker wants one call at
/// a time. `in_flight` are calls under way, `handed_out` starts that nobody has used yet.
[[nodiscard]] constexpr int more_starts(int concurrency, bool probing, int in_flight, int handed_out) {
  const int free = (probing ? 1 : concurrency) - in_flight - handed_out;
  return free > 0 ? free : 0;
}

/// What each of these weights gets of the work while all are busy, in whole per cent, rounded down; all zero when no
/// weight is above zero. No weight is negative.
[[nodiscard]] std::vector<int> shares_of(std::span<const int> weights);

} // namespace easel::policies
