#pragma once

#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <string_view>

namespace easel::policies {

/// How much work one node takes on before it says "later" to new work. What it accepted, it finishes.
struct admission_limits {
  int live = 4000;              ///< generations not yet ended
  int queued_per_tier = 1000;   ///< waiting for a slot of the tier's pool
  int queued_per_account = 100; ///< so that one account cannot fill the queue of all
  duration shortest_retry = std::chrono::seconds(1);
  duration longest_retry = std::chrono::seconds(60); ///< official SDKs ignore a longer Retry-After
};

/// The node at this moment, as the router counts it.
struct admission_counts {
  bool draining = false;
  int live = 0;
  int queued_in_tier = 0;
  int queued_for_account = 0;
  duration per_item{}; ///< how long one place in this tier's queue took lately; zero when unknown
};

struct overloaded {
  enum class why { draining, node_full, tier_full, account_full };
  why reason = why::node_full;
  duration retry_after{};

  friend bool operator==(const overloaded&, const overloaded&) = default;
};

[[nodiscard]] std::string_view to_string(overloaded::why reason);

/// Admits one more generation, or says why not and when to ask again: once a tenth of what waits will have left, so
/// that the refused neither hammer nor come back all at once to an empty queue.
[[nodiscard]] expected<void, overloaded> admit(const admission_limits& limits, const admission_counts& counts);

} // namespace easel::policies
