#pragma once

#include "http/client/jwks.hpp"

#include <string_view>

namespace easel::client {

/// Whether `signature` is RSASSA-PKCS1-v1_5 with SHA-256 over `message` by `key` (RFC 8017, section 8.2.2). Any
/// thread.
[[nodiscard]] bool is_rs256_signature(const signing_key& key, std::string_view message, std::string_view signature);

} // namespace easel::client
