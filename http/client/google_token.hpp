#pragma once

#include "http/client/answer.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>

/// The exchange of a code for an ID token (RFC 6749, sections 4.1.3 and 5; billing-identity-edge, 4.3). Pure.
namespace easel::client::google {

struct code_exchange {
  secret_text code;
  secret_text verifier;
  std::string redirect_uri; ///< the one that the authorization request named
};

/// The body, as application/x-www-form-urlencoded.
[[nodiscard]] std::string encode_exchange(const code_exchange& exchange, const std::string& client_id,
                                          const secret_text& client_secret);

/// The ID token, not yet looked at. The access token and all else is dropped here: nothing of it is ever used.
///
/// Failures name an error of the closed list of RFC 6749, or the status. `invalid_grant` is `refused` (used, expired,
/// or of another verifier): the sign-in begins again, and the same code is never sent twice. What only an operator
/// can mend (`invalid_client`, `unauthorized_client`, `redirect_uri_mismatch`, `deleted_client`) is `our_account`.
[[nodiscard]] expected<secret_text, policies::upstream_failure> decode_exchange(const answer& got);

} // namespace easel::client::google
