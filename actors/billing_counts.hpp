#pragma once

#include "policies/stripe_objects.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace easel::actors {

/// The reconciler's, as they are called in the books and in metrics.
inline constexpr std::array<std::string_view, 4> sweep_names{"events", "failures", "objects", "balance"};

/// Counters of billing on this node, written by several actors and read by the metrics page.
struct billing_counts {
  std::array<std::atomic<std::uint64_t>, policies::stripe::all_deliveries.size()> deliveries{};
  std::atomic<std::uint64_t> other_versions{0}; ///< genuine deliveries that another API version made
  std::atomic<std::uint64_t> applied{0};        ///< events
  std::atomic<std::uint64_t> ignored{0};
  std::atomic<std::uint64_t> put_off{0}; ///< attempts that did not end an event
  std::atomic<std::uint64_t> changed{0}; ///< looks at Stripe that changed the books
  std::atomic<std::uint64_t> stripe_failures{0};
  std::atomic<std::uint64_t> swept{0};  ///< objects and events that the reconciler looked at
  std::atomic<std::uint64_t> missed{0}; ///< those of them that had not come by themselves
  std::atomic<std::int64_t> waiting{0}; ///< events, as last counted by the node that leads
  std::atomic<std::int64_t> parked{0};
  std::atomic<std::int64_t> oldest_waiting_s{0};
  std::atomic<std::int64_t> oldest_parked_s{0};
  std::atomic<std::int64_t> oldest_outbox_s{0};
  std::array<std::atomic<std::int64_t>, sweep_names.size()> sweep_age_s{}; ///< since each was last done
  std::atomic<bool> leads{false};
  std::atomic<int> open_lines{0};            ///< customers whose events are worked on at this moment
  std::atomic<std::int64_t> price_faults{0}; ///< items that differ from Stripe's prices
  std::atomic<bool> can_buy{false};          ///< the catalogue agrees with Stripe's prices
};

} // namespace easel::actors
