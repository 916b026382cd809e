#pragma once

#include "actors/context.hpp"
#include "actors/store.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

namespace easel::actors {

/// root → access log: write what waits, then end.
struct close_access_log {};

/// Spawns the actor that writes finished requests to the access log (TECH-1), monitored by root. It has a thread and a
/// connection of its own, so that its statements hold nobody up. A batch that the database could not take is tried
/// again; one that it refuses is lost and counted. After `close_access_log` it writes what waits, stops at the first
/// failure, and tells the queue that it has finished.
caf::actor spawn_access_log(caf::event_based_actor* root, context_ptr context, open_store open);

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::close_access_log)
