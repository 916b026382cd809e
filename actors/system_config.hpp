#pragma once

#include "actors/directory.hpp"
#include "actors/measures.hpp"
#include "actors/run_queue.hpp"
#include "actors/traces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace easel::actors {

/// CAF's settings for this house, and what belongs to one actor system rather than to the process.
struct system_config : caf::actor_system_config {
  explicit system_config(unsigned workers);

  /// Threads and clock replaced by a coordinator that tests drive message by message.
  static constexpr unsigned virtual_time = 0;

  mutable directory live;
  mutable trace_desk traces{live};
  mutable upstream_board upstreams;
  run_queue_ptr runnable = std::make_shared<run_queue>(); ///< never opened in virtual time
};

[[nodiscard]] inline directory& house_directory(caf::actor_system& system) {
  return static_cast<const system_config&>(system.config()).live;
}

[[nodiscard]] inline trace_desk& house_traces(caf::actor_system& system) {
  return static_cast<const system_config&>(system.config()).traces;
}

[[nodiscard]] inline upstream_board& house_upstreams(caf::actor_system& system) {
  return static_cast<const system_config&>(system.config()).upstreams;
}

[[nodiscard]] inline run_queue_ptr house_run_queue(caf::actor_system& system) {
  return static_cast<const system_config&>(system.config()).runnable;
}

} // namespace easel::actors
