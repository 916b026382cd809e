#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Decisions about a sign-in that are ours: where it may lead, and whether an answer of the browser belongs to it
/// (ACCOUNT-1; billing-identity-edge, sections 4.2, 4.3 and 4.6). What Google says about the person: `id_token.hpp`.
namespace easel::policies {

struct sign_in_windows {
  duration pending = std::chrono::minutes(10); ///< from the start to the callback; the record lives no longer
  duration recent = std::chrono::minutes(10);  ///< how long a sign-in allows deletion, export and making keys
};

/// Whether a form or a sign-in may send a browser to `path`: a path of this host, perhaps with a query. Printable
/// ASCII without backslash, at most 512 bytes; no empty segment and no "//" before the query, which browsers and
/// proxies could take for the beginning of another host.
[[nodiscard]] bool is_local_path(std::string_view path);

/// What the pre-sign-in record says that the browser's cookie named.
struct pending_sign_in {
  secret_text state;
  instant started_at;
  bool used = false;
};

/// The callback's query, decoded: all values of each parameter, in order. Others that Google sends (`scope`,
/// `authuser`, `prompt`, `hd`) mean nothing here.
struct callback_parameters {
  std::vector<std::string> state;
  std::vector<std::string> iss;
  std::vector<std::string> error;
  std::vector<std::string> code;
};

enum class callback_outcome {
  exchange,           ///< the one code may be exchanged for an ID token
  not_started,        ///< no record under the browser's cookie: cookie lost, or never begun here
  state_mismatch,     ///< not the answer to this browser's question: possibly forged
  used_up,            ///< the record led to a sign-in already
  expired,            ///< the person took longer than `sign_in_windows::pending`
  foreign_issuer,     ///< RFC 9207: another provider answered
  denied,             ///< `access_denied`: the person said no; no alarm
  interaction_needed, ///< the provider wants to ask the person something: begin again, with a page
  provider_error,     ///< any other `error`
  no_code,            ///< neither `error` nor exactly one code
};

inline constexpr std::array all_callback_outcomes{
  callback_outcome::exchange,       callback_outcome::not_started,
  callback_outcome::state_mismatch, callback_outcome::used_up,
  callback_outcome::expired,        callback_outcome::foreign_issuer,
  callback_outcome::denied,         callback_outcome::interaction_needed,
  callback_outcome::provider_error, callback_outcome::no_code,
};

/// Short, from a closed list: a metric's label.
[[nodiscard]] std::string_view to_string(callback_outcome);

/// Judges a callback in the order of section 4.3, so that nothing of it counts before its state is known to be ours.
/// `issuer` is the one that an `iss` parameter must equal; without one the callback goes on. `now` and the record's
/// time are the database's.
[[nodiscard]] callback_outcome judge_callback(const std::optional<pending_sign_in>& record,
                                              const callback_parameters& query, std::string_view issuer,
                                              const sign_in_windows& windows, instant now);

/// Whether the person signed in lately enough for what cannot be undone. Both times are the database's: one in the
/// future is a mistake, and no sign-in.
[[nodiscard]] bool is_recent_sign_in(instant signed_in_at, instant now, const sign_in_windows& windows);

/// Takes as long for any two texts of one length.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

} // namespace easel::policies
