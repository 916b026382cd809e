#pragma once

#include "actors/context.hpp"
#include "actors/google_parts.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <memory>

namespace easel::actors {

class entrance;

/// The door to whichever sign-in actor stands behind `way`. Checks the form of a cookie, so that noise never reaches
/// the database, and the bound on what is under way, before anything enters a mailbox.
[[nodiscard]] std::unique_ptr<sign_in_door> make_sign_in_door(context_ptr context, std::shared_ptr<entrance> way);

/// Spawns the one that signs people in on this node, monitored by the root. It owns Google's endpoints and signing
/// keys, both fetched once for all who wait; what a sign-in knows is in the database, so that its end loses nothing but
/// the calls in it, which are answered `unavailable`. Tells the router when a session token has changed its meaning.
caf::actor spawn_sign_in(caf::event_based_actor* root, context_ptr context, caf::actor store, caf::actor router,
                         google_parts google);

} // namespace easel::actors
