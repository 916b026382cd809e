#pragma once

#include "persistence/accounts.hpp"
#include "policies/documents.hpp"
#include "policies/identity.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// People, their sign-ins and their sessions, as values (ACCOUNT-1, COOKIE-1, CHILD-1, RET-2).
///
/// The service has one cookie for all of it. Its token is 256 random bits of which only a keyed hash
/// (`hash_purpose::cookie_token`) comes here; it names a sign-in under way, a session, or both: who is signed in and
/// signs in once more keeps their cookie until the new sign-in succeeds.
namespace easel::persistence {

// ---------------------------------------------------------------- a sign-in under way

/// The browser is about to leave for the identity provider. A record under the same token is replaced.
struct sign_in_start {
  digest token{};          ///< of the session's cookie if there is one, else of a new one
  digest state{};          ///< hash_purpose::sign_in_state
  std::string nonce;       ///< 1 to 128 bytes; comes back in the ID token
  secret_text verifier;    ///< 43 to 128 bytes (RFC 7636, section 4.1); sealed
  std::string return_path; ///< a local path, checked by the caller; at most 2048 bytes
};

struct sign_in_begun {
  std::int32_t displaced = 0; ///< others that ended early, because policies::identity_limits::sign_ins were under way
};

/// What the callback needs. Given once.
struct taken_sign_in {
  std::string nonce;
  secret_text verifier;
  std::string return_path;
};

/// The ID token of a sign-in that was taken is verified. `new_token` becomes the cookie, whatever it will name.
struct sign_in_finish {
  digest token{};
  digest new_token{};
  policies::identity_claims claims; ///< within policies::first_bad_claim
  std::string device;               ///< policies::device_label
};

/// A person who is new here said that they are 13 or over (CHILD-1) and accepted the terms.
struct sign_in_confirmation {
  digest token{}; ///< under which `finish_sign_in` asked for the confirmation
  digest new_token{};
  std::string terms_version; ///< 1 to 40 bytes
  std::string device;
  std::vector<policies::acknowledgement> documents{}; ///< what was in force, and so counts as acknowledged (CHANGE-1)
};

struct session_row {
  session_id id;
  account_id account;
  std::string device;
  instant created_at;
  instant authenticated_at; ///< the latest sign-in; some actions want a recent one
  instant last_seen_at;     ///< to the minute
  instant expires_at;       ///< when idle for too long, at the latest after retention_windows::session
};

enum class sign_in_result {
  signed_in,
  confirmation_needed, ///< a new person: their claims are kept under the new token for retention_windows::sign_in
  account_closed,
  gone, ///< no such sign-in, or it is over
};

struct sign_in_outcome {
  sign_in_result result = sign_in_result::gone;
  std::optional<session_row> session; ///< when signed in
  std::string return_path;            ///< when signed in
};

/// Who is asked for their confirmation.
struct person_to_confirm {
  secret_text email;
  secret_text name;
};

// ---------------------------------------------------------------- who is signed in

struct live_session {
  session_row session;
  account_row account; ///< never closed
};

struct person_row {
  account_id account;
  secret_text subject;
  secret_text email;
  secret_text name;
  bool name_edited = false; ///< by the person: a sign-in no longer refreshes it
  std::string terms_version;
  instant terms_accepted_at;
  instant age_confirmed_at;
  instant created_at;
  instant last_sign_in_at;
};

// ---------------------------------------------------------------- a person's own keys

struct new_key {
  account_id account;
  std::string name; ///< at most 200 code points
  digest hash{};
  std::string hint;
  std::optional<instant> expires_at;    ///< in the future
  std::optional<credits> monthly_cap{}; ///< 1 to policies::largest_key_cap
};

enum class key_made {
  made,
  too_many, ///< identity_limits::keys are live
  account_gone,
};

struct key_outcome {
  key_made result = key_made::account_gone;
  std::optional<key_row> key; ///< when made
};

} // namespace easel::persistence
