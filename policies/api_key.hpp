#pragma once

#include "policies/vocabulary/bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace easel::policies {

/// `esl_` + 43 characters of base62 random + 6 characters of base62 CRC-32 over what precedes them. The checksum
/// lets typing errors and leak scanners be answered without a look-up.
[[nodiscard]] secret_text make_api_key(const std::array<std::uint8_t, 32>& random);

/// Whether `text` has the form and its checksum fits. Says nothing about whether the key exists.
[[nodiscard]] bool is_api_key(std::string_view text);

/// The last four characters, shown for recognition.
[[nodiscard]] std::string api_key_hint(const secret_text& key);

} // namespace easel::policies
