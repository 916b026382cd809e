#include "policies/id_token.hpp"

#include "policies/sign_in.hpp"
#include "policies/vocabulary/utf8.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_address = 254; // bytes: RFC 5321 with the erratum to its section 4.5.3.1

template <class List>
bool holds(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_for(const std::string& client_id, const id_claims& claims) {
  return !client_id.empty() && holds(claims.aud, client_id);
}

/// In a list we may be one of several: then `azp` has to say whose request the token answers.
bool is_requested_by(const std::string& client_id, const id_claims& claims) {
  return claims.azp ? *claims.azp == client_id : !claims.aud_is_list;
}

bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= longest_subject
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Whole seconds, so that times at the ends of the number range overflow nothing.
std::optional<id_token_fault> check_times(const id_claims& claims, const id_token_rules& rules, instant now) {
  const auto seconds = unix_seconds(now);
  const auto skew = std::chrono::floor<std::chrono::seconds>(rules.skew).count();
  const auto max_age = std::chrono::floor<std::chrono::seconds>(rules.max_age).count();
  if (claims.exp <= seconds - skew)
    return id_token_fault::expired;
  if (claims.iat > seconds + skew)
    return id_token_fault::from_the_future;
  if (claims.iat < seconds - skew - max_age)
    return id_token_fault::too_old;
  return std::nullopt;
}

std::optional<id_token_fault> check_origin(const id_claims& claims, const id_token_rules& rules) {
  if (claims.iss.empty() || (claims.iss != rules.issuer && !holds(rules.other_spellings, claims.iss)))
    return id_token_fault::issuer;
  if (!is_for(rules.client_id, claims))
    return id_token_fault::audience;
  if (!is_requested_by(rules.client_id, claims))
    return id_token_fault::authorized_party;
  return std::nullopt;
}

std::optional<id_token_fault> check_person(const id_claims& claims) {
  if (!is_subject(claims.sub.reveal()))
    return id_token_fault::subject;
  if (!is_email(claims.email.reveal()))
    return id_token_fault::email;
  if (!claims.email_verified)
    return id_token_fault::email_unverified;
  return std::nullopt;
}

} // namespace

std::string_view to_string(id_token_fault value) {
  switch (value) {
  case id_token_fault::malformed:
    return "malformed";
  case id_token_fault::algorithm:
    return "algorithm";
  case id_token_fault::no_key_id:
    return "no_key_id";
  case id_token_fault::unknown_key:
    return "unknown_key";
  case id_token_fault::signature:
    return "signature";
  case id_token_fault::issuer:
    return "issuer";
  case id_token_fault::audience:
    return "audience";
  case id_token_fault::authorized_party:
    return "authorized_party";
  case id_token_fault::expired:
    return "expired";
  case id_token_fault::from_the_future:
    return "from_the_future";
  case id_token_fault::too_old:
    return "too_old";
  case id_token_fault::nonce:
    return "nonce";
  case id_token_fault::subject:
    return "subject";
  case id_token_fault::email:
    return "email";
  case id_token_fault::email_unverified:
    return "email_unverified";
  }
  return "unknown";
}

expected<signed_in_person, id_token_fault> check_id_token(const id_claims& claims, const id_token_rules& rules,
                                                          const secret_text& nonce, instant now) {
  if (const auto fault = check_origin(claims, rules))
    return unexpected(*fault);
  if (const auto fault = check_times(claims, rules, now))
    return unexpected(*fault);
  if (nonce.empty() || !same_secret(claims.nonce.reveal(), nonce.reveal()))
    return unexpected(id_token_fault::nonce);
  if (const auto fault = check_person(claims))
    return unexpected(*fault);
  return signed_in_person{claims.sub, claims.email,
                          secret_text(display_name(claims.name.reveal(), claims.email.reveal()))};
}

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (text.size() > longest_address || at == std::string_view::npos)
    return false;
  if (at == 0 || at > longest_local_part || at + 1 == text.size())
    return false;
  const auto shown = one_line(text, longest_address);
  return shown == text && text.find(' ') == std::string_view::npos;
}

std::string display_name(std::string_view name, std::string_view email) {
  if (auto shown = one_line(name, longest_display_name))
    return *std::move(shown);
  return one_line(email.substr(0, email.rfind('@')), longest_display_name).value_or("");
}

} // namespace easel::policies
