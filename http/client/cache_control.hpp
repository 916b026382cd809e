#pragma once

#include "policies/vocabulary/time.hpp"

#include <optional>
#include <string_view>

namespace easel::client {

/// How long an answer may be kept, from the value of its Cache-Control field (RFC 9111, section 5.2.2): max-age, at
/// most a year; zero with no-store or no-cache. Nothing when it says neither.
[[nodiscard]] std::optional<duration> parse_max_age(std::string_view cache_control);

} // namespace easel::client
