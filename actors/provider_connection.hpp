#pragma once

#include "actors/context.hpp"
#include "http/client/upstreams.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>
#include <variant>

namespace easel::actors {

/// The client behind one credential. Shared: it outlives a connection actor that is restarted.
using upstream_client = std::variant<std::shared_ptr<client::moderation_client>,
                                     std::shared_ptr<client::drawing_client>, std::shared_ptr<client::task_client>>;

struct connection_place {
  recipient to = recipient::sub2api;
  tier of_tier = tier::free; ///< not used by moderation
  std::size_t member = 0;    ///< the position in the router's pool
  std::uint64_t epoch = 0;   ///< grows with each restart, so that credit of a former life is void
};

/// Spawns the actor of one upstream credential: its circuit breaker, start window, concurrency and calls in flight.
/// An image connection gives the router credit for as many calls as it may start; a moderation connection takes
/// calls directly and answers at once when it is sick. No prompt leaves while another node may have taken this node's
/// rows over: it may have been cancelled or deleted there.
caf::actor spawn_provider_connection(caf::event_based_actor* router, context_ptr context, connection_settings settings,
                                     connection_place place, upstream_client client);

} // namespace easel::actors
