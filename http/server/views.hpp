#pragma once

#include "actors/front_door.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// What a person sees of their own data. Upstream slugs, nodes and fences are nobody's business and not in here.
namespace easel::server {

[[nodiscard]] nlohmann::json view_of(const actors::generation_view& view);
[[nodiscard]] nlohmann::json view_of(const persistence::generation_row& row);
[[nodiscard]] nlohmann::json view_of(const persistence::image_row& image, generation_id of);
[[nodiscard]] nlohmann::json view_of(const actors::quote_answer& quote);
[[nodiscard]] nlohmann::json view_of(const actors::account_answer& account);
[[nodiscard]] nlohmann::json view_of(const persistence::key_row& key);
[[nodiscard]] nlohmann::json view_of(const persistence::session_row& session);
[[nodiscard]] nlohmann::json view_of(const actors::credits_answer& books);
[[nodiscard]] nlohmann::json view_of(const policies::model_entry& model, tier of);

[[nodiscard]] std::string location_of(generation_id id); ///< "/v1/generations/gen_…"
[[nodiscard]] std::string location_of(generation_id id, std::int16_t index);

/// JSON on one line; what is no UTF-8 is replaced.
[[nodiscard]] std::string dump(const nlohmann::json& value);

} // namespace easel::server
