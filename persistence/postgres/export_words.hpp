#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace easel::persistence::postgres {

/// What a person reads instead of what a column holds: ids as the API shows them, the words of closed sets. Any other
/// value stays as it is.
void put_into_words(std::string_view table, std::string_view column, nlohmann::ordered_json& value);

} // namespace easel::persistence::postgres
