#pragma once

#include "actors/console_door.hpp"

#include <nlohmann/json.hpp>

/// What operators see, as JSON. Lengths of time are numbers of milliseconds, in fields that end in `_ms`; times are
/// RFC 3339 in UTC; what was not measured is null.
namespace easel::server {

[[nodiscard]] nlohmann::json view_of(const actors::console_sample& sample);
[[nodiscard]] nlohmann::json view_of(const actors::kind_view& kind);
[[nodiscard]] nlohmann::json view_of(const actors::upstream_view& upstream);
[[nodiscard]] nlohmann::json view_of(const actors::queue_view& queue);
[[nodiscard]] nlohmann::json view_of(const actors::tier_line& line);
[[nodiscard]] nlohmann::json view_of(const actors::concern& what);
/// Every lint that runs, with what it finds.
[[nodiscard]] nlohmann::json view_of_lints(const actors::console_sample& sample);
[[nodiscard]] nlohmann::json view_of(const actors::stage_view& stage);
[[nodiscard]] nlohmann::json view_of(const actors::actor_view& actor);
[[nodiscard]] nlohmann::json view_of(const actors::actor_page& page);
[[nodiscard]] nlohmann::json view_of(const actors::actor_detail& actor);
[[nodiscard]] nlohmann::json view_of(const actors::tree_group& group);
[[nodiscard]] nlohmann::json view_of(const actors::grave_view& grave);
[[nodiscard]] nlohmann::json view_of(const actors::log_page& page);
[[nodiscard]] nlohmann::json view_of(const persistence::generation_line& line);
/// With the stages that follow from its times, for a waterfall.
[[nodiscard]] nlohmann::json view_of(const persistence::generation_story& story);
/// `names` and, for each point, its time and values in their order.
[[nodiscard]] nlohmann::json view_of(const std::vector<actors::history_point>& points);

/// What looking costs, and who looks.
[[nodiscard]] nlohmann::json view_of_console(const actors::console_sample& sample);
[[nodiscard]] nlohmann::json view_of_node(const actors::console_sample& sample);

/// The values of one sample by the names of their series.
[[nodiscard]] nlohmann::json values_of(const actors::series_values& values);

template <class T>
[[nodiscard]] nlohmann::json list_of(const std::vector<T>& items) {
  auto out = nlohmann::json::array();
  for (const auto& item : items)
    out.push_back(view_of(item));
  return out;
}

} // namespace easel::server
