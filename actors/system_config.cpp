#include "actors/system_config.hpp"

#include <caf/atom.hpp>

namespace easel::actors {

system_config::system_config(unsigned workers) {
  if (workers == virtual_time) {
    set("scheduler.policy", caf::atom("testing"));
    return;
  }
  // Work comes from foreign threads (HTTP, libcurl, stores): the sharing scheduler wakes up for it 10 to 20 times
  // faster than the stealing one, and idle workers really sleep.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{workers});
  // The default has no limit: an actor that always has mail would never give its thread back.
  set("scheduler.max-throughput", std::size_t{100});
}

} // namespace easel::actors
