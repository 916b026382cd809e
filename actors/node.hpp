#pragma once

#include "actors/context.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

namespace easel::actors {

/// Spawns the keeper of this process's lease: it joins the cluster under a fresh node id, tells the root `joined`,
/// beats, takes over the rows of nodes that fell silent, and keeps day partitions ahead. It ends with an error when
/// the lease is lost, because then none of this node's rows are its own any more.
caf::actor spawn_node(caf::event_based_actor* root, context_ptr context, caf::actor store);

} // namespace easel::actors
