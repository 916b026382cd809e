#pragma once

#include "actors/console_door.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

/// Traces as the operator's API shows them. Lengths of time are milliseconds, to the microsecond; an account is told to
/// nobody.
namespace easel::server {

[[nodiscard]] bool is_own(const actors::trace_summary& of, const actors::operator_caller& who);

/// Of the schema Trace, for the one who asks.
[[nodiscard]] nlohmann::json view_of(const actors::trace_summary& of, const actors::operator_caller& who);
/// The same with the messages that were read, of the schema TracedMessage.
[[nodiscard]] nlohmann::json view_of(const actors::trace_reading& found, const actors::operator_caller& who);

} // namespace easel::server
