#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace easel::client {

/// Names and values in order.
using form = std::vector<std::pair<std::string_view, std::string>>;

/// Letters, digits and - . _ ~ (RFC 3986, section 2.3): what needs no escape anywhere.
[[nodiscard]] bool is_unreserved(char c);

/// `name=value&…`, every other byte as %XX: right in a query and as application/x-www-form-urlencoded.
[[nodiscard]] std::string encode_form(const form& fields);

} // namespace easel::client
