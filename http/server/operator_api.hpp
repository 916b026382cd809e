#pragma once

#include "actors/console_door.hpp"
#include "actors/front_door.hpp"
#include "http/server/routes.hpp"

#include <functional>
#include <string>

namespace easel::server {

/// The operator's listener: probes, metrics, the console's API and its page. Everything but the page and its files
/// wants the operator's token, compared in constant time. Both doors must outlive the listener; `metrics` returns
/// Prometheus text and may be called on any HTTP thread.
[[nodiscard]] route_table operator_api(actors::front_door& front, actors::console_door& console,
                                       operator_settings settings, std::function<std::string()> metrics);

} // namespace easel::server
