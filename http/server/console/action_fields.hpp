#pragma once

#include "actors/console_door.hpp"
#include "http/server/json_body.hpp"

#include <optional>
#include <string_view>

/// From the fields of a body to an action. What is wrong is the reader's error.
namespace easel::server {

/// 1 minute to a day; 15 minutes without the field.
[[nodiscard]] std::chrono::minutes minutes_of(field_reader& fields);

/// drain_upstream, open_breaker, change_weight, drain_node, resume_node, kill_actor, reveal_prompt or
/// record_privacy_request; nothing for another name.
[[nodiscard]] std::optional<actors::operator_action> further_action(std::string_view name, field_reader& fields);

} // namespace easel::server
