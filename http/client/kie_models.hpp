#pragma once

#include "policies/catalogue.hpp"
#include "policies/vocabulary/bytes.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

/// The fields of kie.ai's image models (upstreams, section 4.4): each model has its own.
namespace easel::client::kie {

/// The `input` object of a createTask call; null when the slug is in no table.
[[nodiscard]] nlohmann::json model_input(const policies::generation_plan& plan, const secret_text& prompt);

/// Whether `slug` is in a table.
[[nodiscard]] bool is_known_model(std::string_view slug);

} // namespace easel::client::kie
