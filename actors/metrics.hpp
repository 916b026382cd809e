#pragma once

#include "actors/console_door.hpp"
#include "actors/context.hpp"
#include "actors/directory.hpp"

#include <string>

namespace easel::actors {

/// The node's figures in Prometheus' text format, collected when asked. Any thread.
[[nodiscard]] std::string render_metrics(const directory& live, const gauges& counts);

/// What each lint found when the console looked last. `latest` may be null: it has not looked yet.
[[nodiscard]] std::string render_metrics(const console_sample* latest);

} // namespace easel::actors
