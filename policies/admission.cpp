#include "policies/admission.hpp"

#include <algorithm>
#include <cstdint>

namespace easel::policies {

namespace {

duration retry_after(const admission_limits& limits, duration per_item, std::int64_t waiting) {
  // An hour for one place is as good as no estimate, and keeps the product small.
  const auto each = std::clamp<duration>(per_item, duration::zero(), std::chrono::hours(1));
  return std::clamp(each * ((std::max<std::int64_t>(waiting, 0) + 9) / 10), limits.shortest_retry,
                    std::max(limits.shortest_retry, limits.longest_retry));
}

} // namespace

std::string_view to_string(overloaded::why reason) {
  switch (reason) {
  case overloaded::why::draining:
    return "draining";
  case overloaded::why::node_full:
    return "node_full";
  case overloaded::why::tier_full:
    return "tier_full";
  case overloaded::why::account_full:
    return "account_full";
  }
  return "unknown";
}

expected<void, overloaded> admit(const admission_limits& limits, const admission_counts& counts) {
  const auto later = [&](overloaded::why reason, int waiting) {
    return unexpected(overloaded{reason, retry_after(limits, counts.per_item, waiting)});
  };
  if (counts.draining)
    return later(overloaded::why::draining, 0);
  if (counts.queued_for_account >= limits.queued_per_account)
    return later(overloaded::why::account_full, counts.queued_for_account);
  if (counts.queued_in_tier >= limits.queued_per_tier)
    return later(overloaded::why::tier_full, counts.queued_in_tier);
  if (counts.live >= limits.live)
    return later(overloaded::why::node_full, counts.queued_in_tier);
  return {};
}

} // namespace easel::policies
