#include "http/client/egress_table.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace easel::client {
namespace {

constexpr std::size_t max_url = 2048;

bool printable(char c) { return c > ' ' && c < 0x7f && c != '\\'; }

bool host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; }

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix)
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

} // namespace

std::string url_target::host_and_port() const {
  return port == (https ? 443 : 80) ? host : host + ':' + std::to_string(port);
}

std::optional<url_target> parse_target(std::string_view url) {
  if (url.size() > max_url || !std::all_of(url.begin(), url.end(), printable))
    return std::nullopt;
  url_target target;
  if (take_prefix(url, "https://"))
    target.https = true;
  else if (!take_prefix(url, "http://"))
    return std::nullopt;
  auto authority = url.substr(0, url.find_first_of("/?#"));
  target.port = target.https ? 443 : 80;
  if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    const auto port = parse_port(authority.substr(colon + 1));
    if (!port)
      return std::nullopt;
    target.port = *port;
    authority = authority.substr(0, colon);
  }
  target.host = ascii_lower(authority);
  if (target.host.empty() || !std::all_of(target.host.begin(), target.host.end(), host_character))
    return std::nullopt;
  return target;
}

bool may_call(const policies::egress_table& table, recipient to, const url_target& target, bool allow_http) {
  return (target.https || allow_http) && policies::allows(table, to, target.host_and_port());
}

} // namespace easel::client
