#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace easel::config {

/// The parts of an upstream's base URL that matter for judging it.
struct base_url {
  bool tls = false;
  std::string host; ///< lower case
  int port = 0;

  /// As the egress table spells it: the port only where it is not the scheme's own.
  [[nodiscard]] std::string host_and_port() const;
};

/// `http` or `https`, a host name or IPv4 address, perhaps a port and a path. Nothing else: no user, no query, no
/// fragment, no final slash.
[[nodiscard]] std::optional<base_url> parse_base_url(std::string_view text);

[[nodiscard]] bool is_ip_address(const std::string& text);

/// Whether a host of a base URL is this machine, or a private network, by its very name. Names that resolve there are
/// caught when the socket is opened.
[[nodiscard]] bool is_loopback(const std::string& host);
[[nodiscard]] bool is_private(const std::string& host);

} // namespace easel::config
