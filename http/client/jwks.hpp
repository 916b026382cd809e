#pragma once

#include "http/client/answer.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The issuer's signing keys as a JWK set (RFC 7517; RFC 7518, section 6.3). Pure.
namespace easel::client {

/// An RSA public key that may verify RS256: 2048 to 8192 bits, an odd exponent from 3 to 2^32 - 1.
struct signing_key {
  std::string id;       ///< `kid`
  std::string modulus;  ///< big endian, first byte not zero
  std::string exponent; ///< big endian, first byte not zero

  friend bool operator==(const signing_key&, const signing_key&) = default;
};

struct key_set {
  std::vector<signing_key> keys;   ///< 1 to 32, no two of one id
  std::optional<duration> max_age; ///< how long it may be kept; nothing: the answer did not say

  /// Null when the set has no such key.
  [[nodiscard]] const signing_key* find(std::string_view id) const;
};

/// Passes over keys that are not for RS256 signatures (another kty, use or alg) or not as `signing_key` wants them:
/// issuers publish others beside. Refused: an answer that is no set, more than 32 entries, one name for two usable
/// keys, members that come twice, and a set with nothing usable.
[[nodiscard]] expected<key_set, policies::upstream_failure> decode_key_set(const answer& got);

} // namespace easel::client
