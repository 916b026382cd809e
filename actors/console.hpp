#pragma once

#include "actors/console_door.hpp"
#include "actors/context.hpp"
#include "actors/panels.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <memory>

namespace easel::actors {

/// Spawns the console's actor, monitored by root: once a second it samples what the other actors count, and keeps its
/// child, the reader, alive, which alone waits for the console's own database connection. Nothing depends on it.
caf::actor spawn_console(caf::event_based_actor* root, context_ptr context);

/// Spawns the reader, monitored by the console.
caf::actor spawn_console_reader(caf::event_based_actor* console, context_ptr context);

/// What is kept of an operator's session token. Not the hash that the same token would have as a person's.
[[nodiscard]] digest operator_token_hash(const persistence::keyring& keys, const secret_text& token);

/// The door over the board in `context`, which must have one.
[[nodiscard]] std::unique_ptr<console_door> make_console_door(context_ptr context, caf::actor_system& system,
                                                              panel_ground ground = {});

} // namespace easel::actors
