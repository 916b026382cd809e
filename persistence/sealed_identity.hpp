#pragma once

#include "persistence/keyring.hpp"
#include "policies/identity.hpp"
#include "policies/vocabulary/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

/// How what is known of a person is hashed and sealed. Each sealed text is bound to its row and to its field, so that
/// none can be put in another's place. Pure but for the nonce of a seal; any thread.
namespace easel::persistence {

[[nodiscard]] digest subject_hash(const keyring& keys, const policies::identity_claims& claims);
[[nodiscard]] digest email_hash(const keyring& keys, const policies::identity_claims& claims);

enum class person_field { subject, email, name };

/// `key` is the account's; opening yields an empty text when it does not fit.
[[nodiscard]] std::string seal_field(const content_key& key, account_id owner, person_field which,
                                     const secret_text& text);
[[nodiscard]] secret_text open_field(const content_key& key, account_id owner, person_field which,
                                     std::string_view sealed);

/// `key` is keyring::sign_in_key.
[[nodiscard]] std::string seal_verifier(const content_key& key, sign_in_id of, const secret_text& verifier);
[[nodiscard]] secret_text open_verifier(const content_key& key, sign_in_id of, std::string_view sealed);

/// `claims` are within policies::first_bad_claim.
[[nodiscard]] std::string seal_claims(const content_key& key, sign_in_id of, const policies::identity_claims& claims);
[[nodiscard]] std::optional<policies::identity_claims> open_claims(const content_key& key, sign_in_id of,
                                                                   std::string_view sealed);

} // namespace easel::persistence
