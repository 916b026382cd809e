#include "http/server/credentials.hpp"

#include "http/server/fields.hpp"
#include "policies/cross_origin.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>

namespace easel::server {

namespace {

constexpr std::size_t longest_token = 512;

/// RFC 6750, section 2.1: b64token, bounded.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= longest_token && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

bool is_authorized_otherwise(const exchange& asked) { return asked.field("authorization").has_value(); }

std::optional<std::string> combined_field(const exchange& asked, std::string_view lower) {
  std::optional<std::string> out;
  for (const auto value : values_of(asked, lower))
    out = out ? *out + ", " + std::string(value) : std::string(value);
  return out;
}

} // namespace

expected<std::optional<secret_text>, problem> read_bearer(const exchange& asked) {
  const auto values = values_of(asked, "authorization");
  if (values.empty())
    return std::optional<secret_text>();
  const auto scheme = values.front().substr(0, values.front().find(' '));
  if (values.size() == 1 && !same_but_for_case(scheme, "bearer"))
    return std::optional<secret_text>();
  const auto token = trim(values.front().substr(scheme.size()));
  if (values.size() > 1 || !is_token(token))
    return unexpected(malformed_key());
  return std::optional(secret_text(std::string(token)));
}

expected<sent_cookies, problem> read_cookies(const exchange& asked) {
  auto cookies = read_cookies(values_of(asked, "cookie"));
  if (!cookies)
    return unexpected(plain_problem(400, "invalid_cookie",
                                    "The request's cookies are not valid. Delete this site's cookies and try again."));
  return std::move(*cookies);
}

expected<actors::credential, problem> read_credential(const exchange& asked) {
  auto bearer = read_bearer(asked);
  if (!bearer)
    return unexpected(bearer.error());
  if (*bearer)
    return actors::credential{std::move(**bearer), actors::credential::kind::api_key, asked.notes};
  if (is_authorized_otherwise(asked))
    return unexpected(missing_key());
  auto cookies = read_cookies(asked);
  if (!cookies)
    return unexpected(cookies.error());
  if (!cookies->session)
    return unexpected(missing_key());
  return actors::credential{std::move(*cookies->session), actors::credential::kind::session, asked.notes};
}

std::optional<problem> check_cross_origin(const exchange& asked, std::span<const std::string> trusted) {
  const bool is_form = asked.speaks == surface::page;
  if (!is_form && (is_authorized_otherwise(asked) || !asked.field("cookie")))
    return std::nullopt;
  const auto cookies = read_cookies(asked);
  if (!cookies)
    return cookies.error();
  if (!is_form && !cookies->session)
    return std::nullopt;
  return refuse_cross_origin(asked, trusted);
}

std::optional<problem> refuse_cross_origin(const exchange& asked, std::span<const std::string> trusted) {
  const auto origin = combined_field(asked, "origin");
  const auto site = combined_field(asked, "sec-fetch-site");
  const auto verdict =
    policies::judge_cross_origin({asked.method(), asked.field("host").value_or(""), origin, site}, trusted);
  if (policies::allows(verdict))
    return std::nullopt;
  return plain_problem(403, "cross_origin",
                       "The request was sent by a page of another site, or does not say by which. Send it from a page "
                       "of this service, or with an API key.");
}

} // namespace easel::server
