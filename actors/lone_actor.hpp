#pragma once

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>

namespace easel::actors {

/// An actor that needs neither the house's store nor its lease: root spawns it at the start, replaces it a second after
/// it died, and ends it with the house. It neither falls with the others nor pulls them down.
struct lone_actor {
  std::function<caf::actor(caf::event_based_actor* root)> spawn; ///< monitored by root
  std::function<void(caf::actor)> serve = nullptr; ///< told who lives now, null while one is replaced; may be empty
};

} // namespace easel::actors
