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

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

/// In host order.
std::optional<std::uint32_t> ipv4(const std::string& host) {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) != 1)
    return std::nullopt;
  return ntohl(address.s_addr);
}

struct network {
  std::uint32_t address;
  int bits;
};

constexpr network loopback{0x7f000000, 8};

// 0/8, 10/8, 100.64/10, 127/8, 169.254/16, 172.16/12, 192.168/16, and all from 224.0.0.0 on
constexpr std::array<network, 8> private_networks{{{0x00000000, 8},
                                                   {0x0a000000, 8},
                                                   {0x64400000, 10},
                                                   loopback,
                                                   {0xa9fe0000, 16},
                                                   {0xac100000, 12},
                                                   {0xc0a80000, 16},
                                                   {0xe0000000, 3}}};

constexpr bool holds(const network& net, std::uint32_t address) {
  return (address >> (32 - net.bits)) == (net.address >> (32 - net.bits));
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

} // namespace

std::string base_url::host_and_port() const {
  return port == (tls ? 443 : 80) ? host : host + ':' + std::to_string(port);
}

std::optional<base_url> parse_base_url(std::string_view text) {
  base_url out;
  out.tls = take(text, "https://");
  if (!out.tls && !take(text, "http://"))
    return std::nullopt;
  const auto slash = std::min(text.find('/'), text.size());
  const auto path = text.substr(slash);
  if (path.find_first_not_of(path_letters) != std::string_view::npos || (!path.empty() && path.back() == '/'))
    return std::nullopt;
  const auto authority = text.substr(0, slash);
  const auto colon = authority.find(':');
  out.port = out.tls ? 443 : 80;
  if (colon != std::string_view::npos) {
    const auto port = parse_port(authority.substr(colon + 1));
    if (!port)
      return std::nullopt;
    out.port = *port;
  }
  out.host = lower(authority.substr(0, colon));
  if (out.host.empty() || out.host.size() > 253 || out.host.find_first_not_of(host_letters) != std::string::npos)
    return std::nullopt;
  return out;
}

bool is_ip_address(const std::string& text) {
  in6_addr address{};
  return ipv4(text) || ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_loopback(const std::string& host) {
  const auto address = ipv4(host);
  return host == "localhost" || ends_with(host, ".localhost") || (address && holds(loopback, *address));
}

bool is_private(const std::string& host) {
  if (is_loopback(host))
    return true;
  const auto address = ipv4(host);
  return address && std::any_of(private_networks.begin(), private_networks.end(), [&](const auto& net) {
           return holds(net, *address);
         });
}

} // namespace easel::config
