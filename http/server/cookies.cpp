#include "http/server/cookies.hpp"

#include "http/server/fields.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace easel::server {

namespace {

constexpr std::chrono::seconds one_year = std::chrono::hours(24 * 365);

std::string attributes(std::chrono::seconds longest) {
  return "; Max-Age=" + std::to_string(longest.count()) + "; Path=/; Secure; SameSite=Lax";
}

std::string strict_attributes(std::chrono::seconds longest) {
  return "; Max-Age=" + std::to_string(longest.count()) + "; Path=/; Secure; SameSite=Strict; HttpOnly";
}

/// Hands each pair of the fields to `see(name, value)`, which says whether to go on; a fault when there are too many.
template <class See>
std::optional<cookie_fault> each_pair(const std::vector<std::string_view>& fields, See see) {
  int pairs = 0;
  for (auto rest : fields)
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = trim(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (++pairs > most_cookies)
        return cookie_fault::too_many;
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos)
        continue;
      if (auto fault = see(pair.substr(0, equals), pair.substr(equals + 1)))
        return fault;
    }
  return std::nullopt;
}

std::optional<std::string_view> known_language(std::string_view tag) {
  const auto* found = std::find(languages.begin(), languages.end(), tag);
  return found == languages.end() ? std::nullopt : std::optional(*found);
}

} // namespace

set_cookie keep_session(const secret_text& token, std::chrono::seconds longest) {
  return set_cookie(std::string(session_cookie) + '=' + token.reveal() + attributes(longest) + "; HttpOnly");
}

set_cookie forget_session() {
  return set_cookie(std::string(session_cookie) + '=' + attributes(std::chrono::seconds(0)) + "; HttpOnly");
}

set_cookie keep_operator(const secret_text& token, std::chrono::seconds longest) {
  return set_cookie(std::string(operator_cookie) + '=' + token.reveal() + strict_attributes(longest));
}

set_cookie forget_operator() {
  return set_cookie(std::string(operator_cookie) + '=' + strict_attributes(std::chrono::seconds(0)));
}

set_cookie keep_language(std::string_view tag) {
  if (!known_language(tag))
    throw std::invalid_argument("not a language of the pages");
  return set_cookie(std::string(language_cookie) + '=' + std::string(tag) + attributes(one_year));
}

bool set_cookie::is_field(std::string_view name) { return same_but_for_case(name, "set-cookie"); }

expected<sent_cookies, cookie_fault> read_cookies(const std::vector<std::string_view>& fields) {
  sent_cookies out;
  bool has_language = false;
  const auto fault =
    each_pair(fields, [&](std::string_view name, std::string_view value) -> std::optional<cookie_fault> {
      if (name == session_cookie) {
        if (out.session)
          return cookie_fault::repeated;
        out.session = secret_text(std::string(value));
      } else if (name == language_cookie) {
        if (std::exchange(has_language, true))
          return cookie_fault::repeated;
        out.language = known_language(value);
      }
      return std::nullopt;
    });
  if (fault)
    return unexpected(*fault);
  return out;
}

expected<std::optional<secret_text>, cookie_fault> read_operator_cookie(const std::vector<std::string_view>& fields) {
  std::optional<secret_text> out;
  const auto fault =
    each_pair(fields, [&](std::string_view name, std::string_view value) -> std::optional<cookie_fault> {
      if (name != operator_cookie)
        return std::nullopt;
      if (out)
        return cookie_fault::repeated;
      out = secret_text(std::string(value));
      return std::nullopt;
    });
  if (fault)
    return unexpected(*fault);
  return out;
}

} // namespace easel::server
