#include "policies/token_bucket.hpp"

#include <algorithm>

namespace easel::policies {

token_bucket::token_bucket(const token_bucket_policy& policy, moment now)
    : per_(std::max<std::int64_t>(policy.per.count(), 1)),
      refill_(std::max(policy.refill, 1)),
      capacity_(std::max(policy.capacity, 1) * per_),
      level_(capacity_),
      seen_(now) {}

expected<int, duration> token_bucket::take(moment now, int tokens) {
  level_ = level_at(now);
  // Only whole microseconds were counted: the rest of the last one stays to be counted.
  if (now > seen_)
    seen_ += std::chrono::floor<duration>(now - seen_);
  const auto wanted = std::max(tokens, 0) * per_;
  if (wanted > capacity_)
    return unexpected(duration::max());
  if (wanted > level_)
    return unexpected(until(level_, wanted));
  level_ -= wanted;
  return static_cast<int>(level_ / per_);
}

int token_bucket::remaining(moment now) const { return static_cast<int>(level_at(now) / per_); }

duration token_bucket::until_full(moment now) const { return until(level_at(now), capacity_); }

std::int64_t token_bucket::level_at(moment now) const {
  const auto passed = std::chrono::floor<duration>(now - seen_).count();
  if (passed <= 0)
    return level_;
  // Beyond the time to fill, more of it changes nothing; multiplying it could overflow.
  return std::min(capacity_, level_ + std::min(passed, until(level_, capacity_).count()) * refill_);
}

duration token_bucket::until(std::int64_t level, std::int64_t wanted) const {
  return duration(level >= wanted ? 0 : (wanted - level + refill_ - 1) / refill_);
}

} // namespace easel::policies
