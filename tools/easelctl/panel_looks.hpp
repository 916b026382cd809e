#pragma once

#include <nlohmann/json.hpp>

#include <string>

/// The panels' documents for people to read; see looks.hpp.
namespace easel::easelctl {

[[nodiscard]] std::string ledger_text(const nlohmann::json& answer);
[[nodiscard]] std::string billing_text(const nlohmann::json& answer);
[[nodiscard]] std::string privacy_text(const nlohmann::json& answer);
[[nodiscard]] std::string nodes_text(const nlohmann::json& answer);
[[nodiscard]] std::string configuration_text(const nlohmann::json& answer);
[[nodiscard]] std::string audit_text(const nlohmann::json& answer);
/// What stands above the list of sessions.
[[nodiscard]] std::string sessions_head(const nlohmann::json& answer);

} // namespace easel::easelctl
