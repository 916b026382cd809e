#pragma once

#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace easel::config {

/// "250 ms", "5 s", "10 min", "24 h", "30 days": a whole number and a unit, space or not; a sign is allowed.
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);

/// "4096", "64 KiB", "8 MiB".
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);

/// In the largest unit that leaves no fraction.
[[nodiscard]] std::string show_duration(duration value);
[[nodiscard]] std::string show_size(std::int64_t bytes);

} // namespace easel::config
