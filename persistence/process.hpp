#pragma once

#include <string>
#include <string_view>

namespace easel::persistence {

/// What this process is called in the database, as the name of its connections and in its nodes' rows:
/// "easel HOST:PID", at most 63 bytes.
[[nodiscard]] const std::string& process_name();

/// The version of this program.
[[nodiscard]] std::string_view program_version();

} // namespace easel::persistence
