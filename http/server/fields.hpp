#pragma once

#include "http/server/exchange.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

/// Small readings of header fields.
namespace easel::server {

/// Without blanks and tabs around it (RFC 9110, section 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text);

/// What a client says that it expects before it sends its body (RFC 9110, section 10.1.1), the least to be met first.
enum class expectation : std::uint8_t { none, go_ahead, unknown };

/// Of the value of one `Expect`. The expectation of a request is the largest of its fields'.
[[nodiscard]] expectation read_expectation(std::string_view value);

/// The values of all fields of this name, in order. `lower` is the name in lower case.
[[nodiscard]] std::vector<std::string_view> values_of(const exchange& asked, std::string_view lower);

} // namespace easel::server
