#include "http/server/client_address.hpp"

#include <asio/ip/address.hpp>

#include <algorithm>

namespace easel::server {

namespace {

bool contains(const std::vector<std::string>& trusted, const std::string& address) {
  return std::find(trusted.begin(), trusted.end(), address) != trusted.end();
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

std::string client_address(const std::string& peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted) {
  std::string known = peer;
  while (contains(trusted, known) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto last = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    asio::error_code bad;
    const auto parsed = asio::ip::make_address(std::string(trim(last)), bad);
    if (bad)
      break;
    known = parsed.to_string();
    forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return known;
}

} // namespace easel::server
