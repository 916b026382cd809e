#pragma once

#include "policies/egress.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace easel::client {

/// The hosts that each recipient may be called at: "api.example.net" (the scheme's own port) or "127.0.0.1:8080".
using host_table = std::map<recipient, std::set<std::string>>;

/// The parts of a URL that decide where a call goes.
struct url_target {
  bool https = false;
  std::string host; ///< lower case
  int port = 0;

  /// As host tables spell it: the port only when it is not the scheme's own.
  [[nodiscard]] std::string host_and_port() const;
};

/// Accepts only http and https with a plain host name or IPv4 address, no user info, printable ASCII, at most 2048
/// bytes. Stricter than any URL parser, so that there is nothing for two parsers to disagree about.
[[nodiscard]] std::optional<url_target> parse_target(std::string_view url);

/// Whether `table` lets `to` be called there (THIRD-4). Plain http only when `allow_http`.
[[nodiscard]] bool may_call(const policies::egress_table& table, recipient to, const url_target& target,
                            bool allow_http);

} // namespace easel::client
