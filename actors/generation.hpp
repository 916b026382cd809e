#pragma once

#include "actors/context.hpp"
#include "actors/generation_messages.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

namespace easel::actors {

/// Spawns the actor of one generation, monitored by the router. It takes the request from where it stands to a
/// terminal state: moderation, a slot, dispatch, the provider, the store. Everything it decides is in its row before
/// anyone hears of it, so it may die at any moment and be started again from there.
caf::actor spawn_generation(caf::event_based_actor* router, context_ptr context, caf::actor store,
                            start_generation start);

} // namespace easel::actors
