#pragma once

#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>

namespace easel::policies {

/// `refill` tokens come back, evenly, in each span of `per`; at most `capacity` are kept. Values below one count as
/// one. `capacity` times `per` in microseconds must fit 62 bits: a million tokens a month do.
struct token_bucket_policy {
  int capacity = 60;
  int refill = 60;
  duration per = std::chrono::minutes(1);
};

/// Limits a rate and allows bursts. Exact: whole numbers only, no rounding adds up over time. A moment before the
/// last one seen counts as that one.
class token_bucket {
public:
  /// Starts full.
  token_bucket(const token_bucket_policy& policy, moment now);

  /// The tokens left, or how long until `tokens` are there, in which case none is taken. More than the capacity will
  /// never be there: `duration::max()`.
  [[nodiscard]] expected<int, duration> take(moment now, int tokens = 1);

  [[nodiscard]] int remaining(moment now) const;
  /// How long until it is full again if nothing is taken.
  [[nodiscard]] duration until_full(moment now) const;

private:
  [[nodiscard]] std::int64_t level_at(moment now) const;
  [[nodiscard]] duration until(std::int64_t level, std::int64_t wanted) const;

  // One token is `per_` units and each microsecond brings `refill_` of them.
  std::int64_t per_;
  std::int64_t refill_;
  std::int64_t capacity_; ///< in units
  std::int64_t level_;    ///< in units, at `seen_`
  moment seen_;
};

} // namespace easel::policies
