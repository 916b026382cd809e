#pragma once

#include "actors/billing_office.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

namespace easel::actors {

/// Spawns the clerk, monitored by the office. It has a thread and a connection of its own, and on the node that leads
/// up to `billing.parallel_customers` lines below it, likewise: actors that look at one object at a time and wait for
/// Stripe, while the clerk takes the inbox and says who looks at what (actors/billing_dispatcher.hpp). A line that dies
/// is replaced in the next turn.
///
/// The connection by which the clerk leads lives as long as its last line: so nobody else leads, on this node or
/// another one, while a look of a clerk that died is under way, as long as the database holds the connection.
caf::actor spawn_billing_clerk(caf::event_based_actor* office, context_ptr context, billing_entrance_ptr way);

} // namespace easel::actors
