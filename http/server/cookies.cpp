#include "http/server/cookies.hpp"

#include "http/server/fields.hpp"

#include <algorithm>
#include <stdexcept>

namespace easel::server {

namespace {

constexpr std::chrono::seconds one_year = std::chrono::hours(24 * 365);

std::string attributes(std::chrono::seconds longest) {
  return "; Max-Age=" + std::to_string(longest.count()) + "; Path=/; Secure; SameSite=Lax";
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

set_cookie keep_language(std::string_view tag) {
  if (!known_language(tag))
    throw std::invalid_argument("not a language of the pages");
  return set_cookie(std::string(language_cookie) + '=' + std::string(tag) + attributes(one_year));
}

expected<sent_cookies, cookie_fault> read_cookies(const std::vector<std::string_view>& fields) {
  sent_cookies out;
  int pairs = 0;
  bool has_language = false;
  for (auto rest : fields) {
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = trim(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (++pairs > most_cookies)
        return unexpected(cookie_fault::too_many);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos)
        continue;
      const auto name = pair.substr(0, equals);
      const auto value = pair.substr(equals + 1);
      if (name == session_cookie) {
        if (out.session)
          return unexpected(cookie_fault::repeated);
        out.session = secret_text(std::string(value));
      } else if (name == language_cookie) {
        if (std::exchange(has_language, true))
          return unexpected(cookie_fault::repeated);
        out.language = known_language(value);
      }
    }
  }
  return out;
}

} // namespace easel::server
