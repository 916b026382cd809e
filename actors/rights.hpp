#pragma once

#include "actors/context.hpp"
#include "actors/lone_actor.hpp"
#include "actors/rights_door.hpp"

#include <functional>
#include <memory>

namespace easel::actors {

class entrance;

/// Opens one connection for what people demand of their data. Called on the actor's own thread.
using open_rights = std::function<std::unique_ptr<persistence::rights>()>;

/// The actor that carries out erasures, restrictions and exports on this node. It has a thread and a connection of its
/// own, needs no lease, and finishes what any node left unfinished: it looks when it starts and once a minute.
[[nodiscard]] lone_actor make_rights(context_ptr context, open_rights open, std::shared_ptr<entrance> way);

/// The way to the actor of the moment. Without one, everything is `unavailable`.
[[nodiscard]] std::unique_ptr<rights_door> make_rights_door(context_ptr context, std::shared_ptr<entrance> way);

} // namespace easel::actors
