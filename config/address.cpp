#include "config/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace easel::config {
namespace {

constexpr std::string_view host_letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
constexpr std::string_view path_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~%";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix)
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

std::optional<std::uint32_t> ipv4(std::string_view host) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), &address) != 1)
    return std::nullopt;
  return ntohl(address.s_addr);
}

using ipv6_bytes = std::array<std::uint8_t, 16>;

std::optional<ipv6_bytes> ipv6(std::string_view host) {
  ipv6_bytes bytes{};
  if (::inet_pton(AF_INET6, std::string(host).c_str(), bytes.data()) != 1)
    return std::nullopt;
  return bytes;
}

constexpr bool in_network(std::uint32_t address, std::uint32_t network, int bits) {
  return (address >> (32 - bits)) == (network >> (32 - bits));
}

/// The IPv4 address inside ::ffff:a.b.c.d.
std::optional<std::uint32_t> mapped(const ipv6_bytes& a) {
  if (!std::all_of(a.begin(), a.begin() + 10, [](auto b) { return b == 0; }) || a[10] != 0xff || a[11] != 0xff)
    return std::nullopt;
  return std::uint32_t{a[12]} << 24 | std::uint32_t{a[13]} << 16 | std::uint32_t{a[14]} << 8 | a[15];
}

bool is_private_v4(std::uint32_t address) {
  return in_network(address, 0x00000000, 8) || in_network(address, 0x0a000000, 8)      // 0/8, 10/8
         || in_network(address, 0x64400000, 10) || in_network(address, 0x7f000000, 8)  // 100.64/10, 127/8
         || in_network(address, 0xa9fe0000, 16) || in_network(address, 0xac100000, 12) // 169.254/16, 172.16/12
         || in_network(address, 0xc0a80000, 16) || in_network(address, 0xe0000000, 3); // 192.168/16, 224/3
}

bool is_zero_but_last(const ipv6_bytes& a) {
  return std::all_of(a.begin(), a.end() - 1, [](auto b) { return b == 0; });
}

} // namespace

std::optional<base_url> parse_base_url(std::string_view text) {
  base_url out;
  out.tls = take(text, "https://");
  if (!out.tls && !take(text, "http://"))
    return std::nullopt;
  const auto slash = std::min(text.find('/'), text.size());
  const auto path = text.substr(slash);
  auto authority = text.substr(0, slash);
  if (path.find_first_not_of(path_letters) != std::string_view::npos || (!path.empty() && path.back() == '/'))
    return std::nullopt;
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!is_port(authority.substr(colon + 1)))
      return std::nullopt;
    authority = authority.substr(0, colon);
  }
  if (take(authority, "[")) {
    if (authority.empty() || authority.back() != ']' || !ipv6(authority.substr(0, authority.size() - 1)))
      return std::nullopt;
    authority.remove_suffix(1);
    out.host = lower(authority);
    return out;
  }
  out.host = lower(authority);
  if (out.host.empty() || out.host.size() > 253 || out.host.find_first_not_of(host_letters) != std::string::npos)
    return std::nullopt;
  return out;
}

bool is_loopback(std::string_view host) {
  const auto name = lower(host);
  if (name == "localhost" || (name.size() > 10 && name.substr(name.size() - 10) == ".localhost"))
    return true;
  if (auto address = ipv4(name))
    return in_network(*address, 0x7f000000, 8);
  if (auto address = ipv6(name)) {
    if (auto inner = mapped(*address))
      return in_network(*inner, 0x7f000000, 8);
    return is_zero_but_last(*address) && address->back() == 1;
  }
  return false;
}

bool is_private(std::string_view host) {
  if (is_loopback(host))
    return true;
  if (auto address = ipv4(host))
    return is_private_v4(*address);
  if (auto address = ipv6(host)) {
    if (auto inner = mapped(*address))
      return is_private_v4(*inner);
    const auto& a = *address;
    return is_zero_but_last(a) || (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || a[0] == 0xff;
  }
  return false;
}

} // namespace easel::config
