#pragma once

#include "http/client/jwks.hpp"
#include "policies/id_token.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>
#include <string_view>

/// Signed tokens in compact form (RFC 7515), as far as one algorithm needs it. Pure.
namespace easel::client {

inline constexpr std::size_t longest_token = 16u << 10; ///< bytes

/// A token whose form is right and whose signature nobody has looked at: only the name of its key may be used.
class unverified_jws {
public:
  /// Three parts in strict base64url. The header's `alg` must be RS256 to the letter and its `kid` a text of 1 to 255
  /// bytes; `crit` is refused, because nothing it could demand is understood (RFC 7515, section 4.1.11). What else the
  /// header says is not read: a key or a link to one (`jwk`, `jku`, `x5c`, `x5u`) is the sender's own word.
  [[nodiscard]] static expected<unverified_jws, policies::id_token_fault> parse(const secret_text& token);

  [[nodiscard]] const std::string& key_id() const { return key_id_; }

  /// The payload, if `key` signed it: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3). A key of another name
  /// verifies nothing.
  [[nodiscard]] expected<secret_text, policies::id_token_fault> verify(const signing_key& key) const;

private:
  unverified_jws() = default;

  std::string key_id_;
  secret_text signed_part_; ///< header and payload as they were sent, with the dot between
  secret_text payload_;
  std::string signature_;
};

} // namespace easel::client
