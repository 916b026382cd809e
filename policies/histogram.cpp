#include "policies/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace easel::policies {

std::size_t bucket_of(duration took) {
  if (took <= shortest_bucket)
    return 0;
  const auto octaves = std::log2(static_cast<double>(took.count()) / static_cast<double>(shortest_bucket.count()));
  // What lies on a bound belongs below it; the logarithm of a bound may be off by its last bit.
  const auto bucket = static_cast<std::size_t>(std::ceil(octaves * 4 - 1e-9));
  return std::min(bucket, histogram_buckets - 1);
}

duration upper_bound_of(std::size_t bucket) {
  const auto times = std::exp2(static_cast<double>(std::min(bucket, histogram_buckets - 1)) / 4);
  return duration(std::llround(static_cast<double>(shortest_bucket.count()) * times));
}

std::optional<duration> quantile(std::span<const double, histogram_buckets> counts, double q) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (all <= 0)
    return std::nullopt;
  double seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    if (seen > 0 && seen >= q * all)
      return upper_bound_of(i);
  }
  return upper_bound_of(histogram_buckets - 1);
}

} // namespace easel::policies
