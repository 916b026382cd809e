#pragma once

#include "actors/lone_actor.hpp"
#include "actors/retention_parts.hpp"

namespace easel::actors {

/// The reaper. One in the cluster works, the others ask every `pace.every` whether its place is free. A round deletes
/// what had expired when it began, in batches, and drops the days that are over; a step that fails is left to the next
/// round. It stops for a clock that cannot be believed, until an operator has confirmed it. Killed at any moment it
/// loses nothing: each round finds what is due anew.
[[nodiscard]] lone_actor make_retention(retention_parts parts);

} // namespace easel::actors
