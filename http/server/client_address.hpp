#pragma once

#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <asio/ip/address.hpp>

#include <string>
#include <vector>

namespace easel::server {

/// Whose request it is: an address for the access log, and what limits count it by.
struct client_address {
  std::string text;
  policies::address_block block;
  bool unnamed = false; ///< a peer that would have been believed named nobody: this is its own address
};

/// An IPv4 address in an IPv6 one (::ffff:a.b.c.d) is that IPv4 address.
[[nodiscard]] client_address address_of(const asio::ip::address& address);

/// Who may say whose request it is. Only a peer that has proved itself, or is listed, is believed, and only about the
/// one header that it is known to write itself; everybody else is who the socket says, whatever was sent. Immutable:
/// any thread.
class client_addresses {
public:
  /// `trusted` are IP addresses; what is none trusts nobody. `proven`: every peer of this listener has proved itself.
  client_addresses(const std::vector<std::string>& trusted, forwarding_header header, bool proven = false);

  [[nodiscard]] bool is_trusted(const asio::ip::address& peer) const;

  /// X-Forwarded-For: all its fields as one list, from its end back to the first address that is not trusted.
  /// CF-Connecting-IP: the one address in the one field. Anything malformed, and the peer counts.
  [[nodiscard]] client_address find(const asio::ip::address& peer, const exchange& asked) const;

private:
  [[nodiscard]] bool is_listed(const asio::ip::address& address) const;

  std::vector<asio::ip::address> trusted_;
  forwarding_header header_;
  bool proven_;
};

} // namespace easel::server
