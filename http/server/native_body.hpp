#pragma once

#include "http/server/answers.hpp"
#include "http/server/json_body.hpp"

namespace easel::server {

/// The body of a native write that is no generation: a JSON object, at most 16 KiB, on a target without a query. A
/// request that says nothing of who speaks is refused before its body is looked at.
[[nodiscard]] expected<nlohmann::json, problem> read_native_body(const exchange& asked);

/// What a name must be (policies::is_display_name), as the end of a sentence.
[[nodiscard]] std::string name_rule();

} // namespace easel::server
