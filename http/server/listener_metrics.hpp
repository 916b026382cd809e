#pragma once

#include "http/server/listener.hpp"

#include <string>
#include <vector>

namespace easel::server {

/// Prometheus text about the listeners, each under its name. Any thread.
[[nodiscard]] std::string listener_metrics(const std::vector<listener_figures>& all);

} // namespace easel::server
