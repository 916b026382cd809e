#pragma once

#include "http/server/exchange.hpp"

#include <string_view>
#include <vector>

/// Small readings of header fields.
namespace easel::server {

/// Without blanks and tabs around it (RFC 9110, section 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text);

/// Whether `text` is `lower`, which is in lower case, whatever the case of its ASCII letters.
[[nodiscard]] bool equals_lower(std::string_view text, std::string_view lower);

/// The values of all fields of this name, in order. `lower` is the name in lower case.
[[nodiscard]] std::vector<std::string_view> values_of(const exchange& asked, std::string_view lower);

} // namespace easel::server
