#pragma once

#include "actors/context.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

namespace easel::actors {

/// What a session says of itself to operators once it knows its account.
[[nodiscard]] constexpr const char* session_state_of(tier of) { return of == tier::free ? "free tier" : "paid tier"; }

/// Spawns the actor of one account that is live on this node, monitored by the router. Every key and sign-in of the
/// person acts through it: limits, admission, and whoever waits for a generation. It loads the account from the store,
/// and asks the router to be ended when it was idle for a while.
caf::actor spawn_session(caf::event_based_actor* router, context_ptr context, caf::actor store, account_id account,
                         node_id node);

} // namespace easel::actors
