#pragma once

#include "policies/identity.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Whether an ID token is about a person who signs in here and now (billing-identity-edge, section 4.4).
namespace easel::policies {

/// All that is kept of an ID token whose signature was verified. Picture, locale, hosted domain and whatever else it
/// holds are dropped where it is decoded (ACCOUNT-1).
struct id_claims {
  std::string iss;
  std::vector<std::string> aud;
  bool aud_is_list = false; ///< a list of one is a list too
  std::optional<std::string> azp;
  std::int64_t exp = 0; ///< unix seconds
  std::int64_t iat = 0; ///< unix seconds
  secret_text nonce;
  secret_text sub;
  secret_text email; ///< empty: not there
  bool email_verified = false;
  secret_text name; ///< empty: not there
};

/// Why an ID token was refused. The first five are about its form and signature (`http/client/id_token.hpp`), the
/// rest about what it says.
enum class id_token_fault {
  malformed,
  algorithm,   ///< anything but RS256
  no_key_id,   ///< the header names no key
  unknown_key, ///< none of the issuer's keys has that name
  signature,
  issuer,
  audience,
  authorized_party,
  expired,
  from_the_future,
  too_old,
  nonce,
  subject,
  email,            ///< none, or none that can be one
  email_unverified, ///< the person has to confirm the address with the issuer first
};

inline constexpr std::array all_id_token_faults{
  id_token_fault::malformed,        id_token_fault::algorithm,
  id_token_fault::no_key_id,        id_token_fault::unknown_key,
  id_token_fault::signature,        id_token_fault::issuer,
  id_token_fault::audience,         id_token_fault::authorized_party,
  id_token_fault::expired,          id_token_fault::from_the_future,
  id_token_fault::too_old,          id_token_fault::nonce,
  id_token_fault::subject,          id_token_fault::email,
  id_token_fault::email_unverified,
};

/// Short, from a closed list: safe in logs and a metric's label.
[[nodiscard]] std::string_view to_string(id_token_fault);

/// What a token must be for.
struct id_token_rules {
  std::string issuer = "https://accounts.google.com";
  /// Other spellings of the same issuer: Google documents two (section 4.4).
  std::vector<std::string> other_spellings{"accounts.google.com"};
  std::string client_id;
  duration skew = std::chrono::seconds(60);    ///< between the issuer's clock and ours
  duration max_age = std::chrono::minutes(10); ///< since it was issued, `skew` not counted
};

/// Who signed in. Identified by `subject` within the issuer, never by e-mail: addresses change and change hands
/// (section 4.5).
struct signed_in_person {
  secret_text subject;
  secret_text email;
  secret_text display_name;

  friend bool operator==(const signed_in_person&, const signed_in_person&) = default;
};

/// The first rule of section 4.4 that the claims break, in the order of `id_token_fault`, or the person. `nonce` is
/// the pre-sign-in record's; an empty one fits no token.
[[nodiscard]] expected<signed_in_person, id_token_fault>
check_id_token(const id_claims& claims, const id_token_rules& rules, const secret_text& nonce, instant now);

/// Whether `text` can be an address: one line of UTF-8 without blanks, a local part of 1 to 64 bytes, an '@', a
/// domain. No more: whether it exists is for the issuer to know.
[[nodiscard]] bool is_email(std::string_view text);

/// The name, or the local part of the address where there is none to show; fit for one line and cut to
/// `longest_display_name` (`one_line` in vocabulary/utf8.hpp). `email` must be one.
[[nodiscard]] std::string display_name(std::string_view name, std::string_view email);

} // namespace easel::policies
