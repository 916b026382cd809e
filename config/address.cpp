#include "config/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace easel::config {
namespace {

constexpr std::string_view path_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~%";

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

std::optional<client::url_target> parse_base_url(std::string_view text) {
  auto target = client::parse_target(text);
  const auto authority = text.find("//") + 2;
  const auto path = target ? text.substr(std::min(text.find_first_of("/?#", authority), text.size())) : "";
  if (path.find_first_not_of(path_letters) != std::string_view::npos || (!path.empty() && path.back() == '/'))
    return std::nullopt;
  return target;
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

bool is_private_address(const std::string& text) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1)
    return ipv4(text) && is_private(text);
  const auto* bytes = address.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::array<char, INET_ADDRSTRLEN> v4{};
    ::inet_ntop(AF_INET, bytes + 12, v4.data(), v4.size());
    return is_private(v4.data());
  }
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) || (bytes[0] & 0xfe) == 0xfc;
}

} // namespace easel::config
