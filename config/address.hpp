#pragma once

#include "http/client/egress_table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace easel::config {

/// A base URL is what the egress table takes for one (`client::parse_target`), and has no query, no fragment and no
/// final slash.
[[nodiscard]] std::optional<client::url_target> parse_base_url(std::string_view text);

[[nodiscard]] bool is_ip_address(const std::string& text);

/// Whether a host of a base URL is this machine, or a private network, by its very name. Names that resolve there are
/// caught when the socket is opened.
[[nodiscard]] bool is_loopback(const std::string& host);
[[nodiscard]] bool is_private(const std::string& host);

/// The same of an IP address, IPv6 included: loopback, private, link-local.
[[nodiscard]] bool is_private_address(const std::string& text);

} // namespace easel::config
