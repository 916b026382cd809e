#include "policies/identity.hpp"

#include "policies/vocabulary/ascii.hpp"
#include "policies/vocabulary/utf8.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_plain_text(std::string_view text) {
  return inspect_text(text).has_value() && std::none_of(text.begin(), text.end(), is_control);
}

/// The first `most` code points of UTF-8.
std::string_view cut(std::string_view text, std::size_t most) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins_code_point = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins_code_point && most-- == 0)
      break;
  }
  return text.substr(0, end);
}

} // namespace

std::optional<std::string_view> first_bad_claim(const identity_claims& claims) {
  const auto fits = [](std::string_view text, std::size_t most) { return !text.empty() && text.size() <= most; };
  if (!fits(claims.issuer, longest_issuer) || !is_printable_ascii(claims.issuer))
    return "iss";
  if (!fits(claims.subject.reveal(), longest_subject) || !is_printable_ascii(claims.subject.reveal()))
    return "sub";
  const auto& email = claims.email.reveal();
  const auto at = email.find('@');
  if (!fits(email, longest_email) || !is_plain_text(email) || email.find(' ') != std::string::npos || at == 0
      || at == std::string::npos)
    return "email";
  // A name is for show: it is cut rather than refused, but bytes without end are no name.
  if (claims.name.reveal().size() > 16 * longest_display_name || !is_plain_text(claims.name.reveal()))
    return "name";
  return std::nullopt;
}

bool is_display_name(std::string_view text) {
  const auto facts = inspect_text(text);
  return facts && !facts->blank && facts->code_points <= longest_display_name
         && std::none_of(text.begin(), text.end(), is_control);
}

secret_text display_name_of(const identity_claims& claims) {
  std::string_view name = cut(claims.name.reveal(), longest_display_name);
  if (!is_display_name(name)) {
    const std::string_view email = claims.email.reveal();
    name = cut(email.substr(0, email.find('@')), longest_display_name);
  }
  return secret_text(std::string(name));
}

std::string subject_source(const identity_claims& claims) {
  const bool has_scheme = claims.issuer.find("://") != std::string::npos;
  return (has_scheme ? "" : "https://") + claims.issuer + '\n' + claims.subject.reveal();
}

std::string email_source(std::string_view email) { return ascii_lower(email); }

displaced_sign_ins make_room(const sign_ins_under_way& live, const identity_limits& limits) {
  const auto beyond = std::max(0, live.away + live.back + 1 - limits.sign_ins);
  const bool back = live.back > limits.sign_ins / 2;
  return {back, std::min({beyond, most_displaced_sign_ins, back ? live.back : live.away})};
}

} // namespace easel::policies
