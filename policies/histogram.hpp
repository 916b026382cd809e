#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

/// Durations counted in buckets that grow by a quarter of an octave: a quantile read from them is off by at most 19 %.
namespace easel::policies {

inline constexpr std::size_t histogram_buckets = 96;
inline constexpr duration shortest_bucket = std::chrono::microseconds(100); ///< upper bound of the first one

/// The last bucket takes everything from 20 minutes on.
[[nodiscard]] std::size_t bucket_of(duration took);
[[nodiscard]] duration upper_bound_of(std::size_t bucket);

/// The upper bound of the bucket in which the share `q` (0 to 1) of all counts is reached; nothing when there are none.
[[nodiscard]] std::optional<duration> quantile(std::span<const double, histogram_buckets> counts, double q);

} // namespace easel::policies
