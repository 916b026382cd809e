#pragma once

#include "actors/context.hpp"
#include "actors/directory.hpp"

#include <string>

namespace easel::actors {

/// The node's figures in Prometheus' text format, collected when asked. Any thread.
[[nodiscard]] std::string render_metrics(const directory& live, const gauges& counts);

} // namespace easel::actors
