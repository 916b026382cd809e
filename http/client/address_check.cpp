#include "http/client/address_check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace easel::client {
namespace {

struct v4_block {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array special_v4{
  v4_block{v4(0, 0, 0, 0), 8},      v4_block{v4(10, 0, 0, 0), 8},      v4_block{v4(100, 64, 0, 0), 10},
  v4_block{v4(169, 254, 0, 0), 16}, v4_block{v4(172, 16, 0, 0), 12},   v4_block{v4(192, 0, 0, 0), 24},
  v4_block{v4(192, 0, 2, 0), 24},   v4_block{v4(192, 88, 99, 0), 24},  v4_block{v4(192, 168, 0, 0), 16},
  v4_block{v4(198, 18, 0, 0), 15},  v4_block{v4(198, 51, 100, 0), 24}, v4_block{v4(203, 0, 113, 0), 24},
  v4_block{v4(224, 0, 0, 0), 4},    v4_block{v4(240, 0, 0, 0), 4},
};

bool lies_in(std::uint32_t address, v4_block block) { return (address ^ block.prefix) >> (32 - block.bits) == 0; }

address_reach reach_of_v4(std::uint32_t address) {
  if (lies_in(address, {v4(127, 0, 0, 0), 8}))
    return address_reach::loopback;
  const bool special = std::any_of(special_v4.begin(), special_v4.end(), [&](auto b) { return lies_in(address, b); });
  return special ? address_reach::special : address_reach::global;
}

address_reach reach_of_v6(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address))
    return address_reach::loopback;
  const auto* bytes = address.s6_addr;
  const std::uint32_t head = v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  const bool unicast = (head >> 29) == 1;               // 2000::/3
  const bool protocol = (head >> 9) == 0x20010000 >> 9; // 2001::/23, Teredo among them
  const bool documentation = head == 0x20010db8 || (head >> 12) == 0x3fff0000 >> 12;
  const bool six_to_four = (head >> 16) == 0x2002;
  return unicast && !protocol && !documentation && !six_to_four ? address_reach::global : address_reach::special;
}

} // namespace

address_reach reach_of(const sockaddr& address, socklen_t length) {
  if (address.sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return reach_of_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    return reach_of_v6(in.sin6_addr);
  }
  return address_reach::special;
}

} // namespace easel::client
