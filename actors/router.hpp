#pragma once

#include "actors/context.hpp"
#include "actors/provider_connection.hpp"
#include "policies/vocabulary/ids.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <vector>

namespace easel::actors {

/// The upstream credentials of the node, each with its client.
struct upstreams {
  struct credential {
    connection_settings settings;
    upstream_client client;
  };
  std::vector<credential> moderation;
  std::vector<credential> sub2api; ///< the free tier's pool
  std::vector<credential> kie;     ///< the paid tier's pool
};

/// Spawns the router: the way in for every call, the owner of sessions, generations, provider connections and of the
/// tiers' pools. `node` is the lease under which its rows are owned; a router that ends must not come back under it.
caf::actor spawn_router(caf::event_based_actor* root, context_ptr context, caf::actor store, upstreams providers,
                        node_id node);

} // namespace easel::actors
