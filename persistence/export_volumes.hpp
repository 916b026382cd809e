#pragma once

#include "persistence/rights.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How the row of an export says what files it consists of: a JSON array, an object for each, that is also what the
/// person reads of it in a later export:
///
///   {"images":2,"bytes":3145728,"first_month":"2026-10","last_month":"2026-11","until":"gen_…"}
///
/// The last three are null where there are no images. Pure functions.
namespace easel::persistence {

[[nodiscard]] std::string encode_volumes(const std::vector<export_volume>& volumes);

/// The error is a sentence; nothing of what was read is in it.
[[nodiscard]] expected<std::vector<export_volume>, std::string> decode_volumes(std::string_view text);

/// 2026-10
[[nodiscard]] std::string to_string(std::chrono::year_month month);

} // namespace easel::persistence
