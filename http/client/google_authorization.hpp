#pragma once

#include "policies/vocabulary/bytes.hpp"

#include <string>
#include <string_view>

/// Where a browser is sent to sign in (OpenID Connect Core, section 3.1.2.1; RFC 7636; billing-identity-edge, 4.2).
/// Pure.
namespace easel::client::google {

/// The S256 challenge of a PKCE verifier: base64url(SHA-256(verifier)).
[[nodiscard]] std::string code_challenge(const secret_text& verifier);

/// 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636, section 4.1). 32 random bytes in base64url are one.
[[nodiscard]] bool is_code_verifier(std::string_view text);

/// `state`, `nonce` and `verifier` are made anew for each request from 128 random bits or more, and kept in the
/// pre-sign-in record until the callback.
struct authorization_request {
  std::string client_id;
  std::string redirect_uri; ///< as registered with Google, to the letter
  secret_text state;
  secret_text nonce;
  secret_text verifier;        ///< only its challenge is sent
  bool choose_account = false; ///< "use another account": Google shows its chooser
};

/// Asks for `openid email profile` and no more, and for no refresh token (ACCOUNT-1). The URL holds state and nonce:
/// it is for the Location field and no log.
[[nodiscard]] std::string encode_authorization_url(std::string_view endpoint, const authorization_request& request);

} // namespace easel::client::google
