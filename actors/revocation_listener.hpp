#pragma once

#include "actors/context.hpp"
#include "persistence/revocations.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>

namespace easel::actors {

/// Opens a way to hear what ends. Called on the listener's own thread.
using open_revocations = std::function<std::unique_ptr<persistence::revocation_source>()>;

/// Spawns the actor that hears what ends on any node, monitored by root: keys, sessions, and what accounts may do. It
/// has a thread and a connection of its own, waits for at most half a second at a time, and connects again a second
/// after it lost its connection. The router is told of each ending (`forget_callers`), and whether endings are heard
/// at all (`hears_endings`); when the listener dies, whoever replaces it tells the router that they are not.
caf::actor spawn_revocation_listener(caf::event_based_actor* root, context_ptr context, open_revocations open,
                                     caf::actor router);

} // namespace easel::actors
