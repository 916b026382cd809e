#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace easel::config {

/// The parts of an upstream's base URL that matter for judging it.
struct base_url {
  bool tls = false;
  std::string host; ///< lower case, without brackets and port
};

/// `http` or `https`, a host, perhaps a port and a path. Nothing else: no user, no query, no fragment, no final slash.
[[nodiscard]] std::optional<base_url> parse_base_url(std::string_view text);

/// Whether a host is this machine or a private network by its very name. Names that resolve there are caught when
/// the socket is opened.
[[nodiscard]] bool is_loopback(std::string_view host);
[[nodiscard]] bool is_private(std::string_view host);

} // namespace easel::config
