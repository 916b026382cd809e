#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace easel::server {

/// The address to log and limit by. X-Forwarded-For is believed only from a trusted proxy, and only back to the
/// last address that is none; anything in it that is no IP address ends the search.
[[nodiscard]] std::string client_address(const std::string& peer, std::string_view forwarded_for,
                                         const std::vector<std::string>& trusted);

} // namespace easel::server
