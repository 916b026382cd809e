#pragma once

#include "actors/billing_counts.hpp"
#include "actors/billing_door.hpp"
#include "actors/context.hpp"
#include "actors/stripe_parts.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace easel::actors {

/// Where the billing door finds the actors of the moment, and what all of them share.
class billing_entrance {
public:
  explicit billing_entrance(stripe_parts of) : parts(std::move(of)) {}

  const stripe_parts parts;
  const std::shared_ptr<billing_counts> counts = std::make_shared<billing_counts>();
  const std::shared_ptr<std::atomic<bool>> stop = std::make_shared<std::atomic<bool>>(false); ///< ends waits for Stripe
  const std::shared_ptr<std::atomic<int>> deliveries = std::make_shared<std::atomic<int>>(0); ///< that wait
  const std::shared_ptr<std::atomic<int>> tasks = std::make_shared<std::atomic<int>>(0);      ///< that wait or run

  void serve_inbox(caf::actor inbox);
  void serve_desk(std::size_t place, caf::actor desk);
  void close();
  [[nodiscard]] caf::actor inbox() const;
  [[nodiscard]] caf::actor desk(); ///< each in turn

private:
  mutable std::mutex guard_;
  caf::actor inbox_;
  std::vector<caf::actor> desks_;
  std::size_t turn_ = 0;
};
using billing_entrance_ptr = std::shared_ptr<billing_entrance>;

/// The door to the office behind `way`. Verifies and reduces deliveries on the caller's thread.
[[nodiscard]] std::unique_ptr<billing_door> make_billing_door(context_ptr context, billing_entrance_ptr way);

/// Spawns the office, monitored by root. It needs no lease and stands alone, like the access log. Below it, each with a
/// thread and a connection of its own, because they block: the inbox, which makes deliveries durable; the desks, which
/// serve people; the clerk with its lines, which apply events, and the reconciler: these work on one node of all. What
/// one of them holds is in the database, so that it may die at any moment; it is replaced after a second.
caf::actor spawn_billing_office(caf::event_based_actor* root, context_ptr context, billing_entrance_ptr way);

} // namespace easel::actors
