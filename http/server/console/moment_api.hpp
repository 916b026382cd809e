#pragma once

#include "actors/console_door.hpp"
#include "http/server/exchange.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

/// The console's look back: the whole tree by type at one moment, and what happened up to it.
namespace easel::server {

/// "2026-11-26T18:00:00.000Z", or a while before `now`: "-5m", "-90s", "-1500ms", "-2h"; at most 48 hours.
[[nodiscard]] std::optional<instant> parse_moment(std::string_view text, instant now);

[[nodiscard]] nlohmann::json view_of(const actors::console_moment& moment);

/// Answers `?at=`; 404 when nothing is kept of that time.
void serve_moment(const actors::console_door& door, exchange& asked, std::string_view at);

} // namespace easel::server
