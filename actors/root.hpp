#pragma once

#include "actors/context.hpp"
#include "actors/entrance.hpp"
#include "actors/lone_actor.hpp"
#include "actors/revocation_listener.hpp"
#include "actors/router.hpp"
#include "actors/sign_in.hpp"
#include "actors/store.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <vector>

namespace easel::actors {

/// root → itself, from the house: stop accepting, finish what can be finished within the limit, give the lease up.
struct close_house {};

/// Spawns the root of the supervision tree. The access log stands alone, is replaced when it dies, and stays until
/// `close_access_log`. Store, node and router stand and fall together, because a router's work
/// is owned under the node's lease and done through the store. What ends them ends all three; after a pause that
/// doubles up to half a minute they start again under a new lease, and take their own rows over from the database.
/// The sign-in actor and the revocation listener use the router and nothing depends on them: they end with it, and
/// alone each is replaced. Without `hear` nothing is listened to. `alone` need none of these.
caf::actor spawn_root(caf::actor_system& system, context_ptr context, open_store open, open_revocations hear,
                      upstreams providers, google_parts google, std::shared_ptr<entrance> door,
                      std::vector<lone_actor> alone = {});

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::close_house)
