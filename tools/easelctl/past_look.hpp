#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace easel::easelctl {

/// How the tree was by type at one moment, and what happened up to it: the answer of /api/history?at=….
[[nodiscard]] std::string past_text(const nlohmann::json& answer);

} // namespace easel::easelctl
