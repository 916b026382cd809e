#pragma once

#include "http/client/jwks.hpp"
#include "policies/id_token.hpp"

#include <optional>
#include <string_view>

/// Google's ID token (OpenID Connect Core, section 2; billing-identity-edge, 4.4). Pure.
namespace easel::client::google {

/// Parts of a token's payload, nothing else of which is read: an id_claims. Nothing when a claim has another type than
/// it must, a member comes twice, or `exp` or `iat` is missing. `email_verified` may be a boolean or the text of one:
/// Google documents both.
[[nodiscard]] std::optional<policies::id_claims> decode_claims(std::string_view payload);

/// What the token says, if one of `keys` signed it. What it says is then for `policies::check_id_token`.
[[nodiscard]] expected<policies::id_claims, policies::id_token_fault> read_id_token(const secret_text& token,
                                                                                    const key_set& keys);

} // namespace easel::client::google
