#pragma once

#include "policies/vocabulary/bytes.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace easel::policies {

/// What the session cookie holds: 256 random bits in base64url, 43 characters, without meaning (COOKIE-1).
[[nodiscard]] secret_text make_session_token(const std::array<std::uint8_t, 32>& random);

/// Whether `text` can be one. Says nothing about whether it names a session.
[[nodiscard]] bool is_session_token(std::string_view text);

} // namespace easel::policies
