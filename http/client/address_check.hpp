#pragma once

#include <sys/socket.h>

namespace easel::client {

/// Where an address leads, as far as it decides whether a call may go there.
enum class address_reach {
  global,   ///< unicast on the public internet
  loopback, ///< 127.0.0.0/8 and ::1
  special,  ///< private, link-local, carrier-grade NAT, multicast, documentation, mapped or translated addresses
};

/// By the special-purpose registries of RFC 6890. IPv6 is judged the other way round: only 2000::/3 can be global,
/// and not those parts of it that carry an IPv4 address inside (6to4, Teredo).
[[nodiscard]] address_reach reach_of(const sockaddr& address, socklen_t length);

} // namespace easel::client
