#include "actors/system_config.hpp"

#include "actors/scheduler.hpp"

#include <caf/atom.hpp>

namespace easel::actors {

system_config::system_config(unsigned workers) {
  if (workers == virtual_time) {
    set("scheduler.policy", caf::atom("testing"));
    return;
  }
  load<scheduler>();
  set("scheduler.max-threads", std::size_t{workers});
  // The default has no limit: an actor that always has mail would never give its thread back.
  set("scheduler.max-throughput", std::size_t{100});
}

} // namespace easel::actors
