#pragma once

#include "actors/context.hpp"
#include "actors/traces.hpp"

#include <memory>
#include <string>

namespace easel::actors {

/// As the audit has it; the account stands apart there: "trace.account for 30 s, at most 500 messages".
[[nodiscard]] std::string name_of(const trace_request& what);

/// The door over the desk; `context` must have a console's board.
[[nodiscard]] std::unique_ptr<traces_door> make_traces_door(context_ptr context, trace_desk& desk);

} // namespace easel::actors
