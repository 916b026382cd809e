#pragma once

#include "actors/directory.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace easel::actors {

/// CAF's settings for this house, and what belongs to one actor system rather than to the process.
struct system_config : caf::actor_system_config {
  explicit system_config(unsigned workers);

  /// Threads and clock replaced by a coordinator that tests drive message by message.
  static constexpr unsigned virtual_time = 0;

  mutable directory live;
};

[[nodiscard]] inline directory& house_directory(caf::actor_system& system) {
  return static_cast<const system_config&>(system.config()).live;
}

} // namespace easel::actors
