#pragma once

#include "actors/console_door.hpp"

#include <nlohmann/json.hpp>

/// The panels' documents, in the manner of console_json.hpp.
namespace easel::server {

[[nodiscard]] nlohmann::json view_of(const persistence::ledger_state& ledger);
[[nodiscard]] nlohmann::json view_of(const actors::billing_panel& billing);
[[nodiscard]] nlohmann::json view_of(const actors::privacy_panel& privacy);
[[nodiscard]] nlohmann::json view_of(const actors::cluster_panel& cluster);
[[nodiscard]] nlohmann::json view_of(const actors::session_panel& sessions);
[[nodiscard]] nlohmann::json view_of(const actors::setting_line& setting);

} // namespace easel::server
