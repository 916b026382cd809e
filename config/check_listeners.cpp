#include "config/address.hpp"
#include "config/checks.hpp"
#include "config/listeners.hpp"
#include "http/server/tls_identity.hpp"

#include <algorithm>
#include <chrono>

namespace easel::config {
namespace {

using findings = std::vector<finding>;

constexpr std::size_t longest_socket_path = 107; ///< in bytes: what a sockaddr_un holds

/// How long anybody at all may hold a connection without sending anything.
constexpr duration longest_idle_stranger = std::chrono::minutes(5);

void check_addresses(const settings& all, findings& out) {
  const auto& proxies = all.public_listener.trusted_proxies;
  if (!is_ip_address(all.public_listener.address))
    out.push_back({"server.address", "must be an IP address"});
  if (!is_ip_address(all.tls_listener.address))
    out.push_back({"server.tls.address", "must be an IP address"});
  if (!is_ip_address(all.operator_listener.address))
    out.push_back({"operator.address", "must be an IP address"});
  if (!std::all_of(proxies.begin(), proxies.end(), is_ip_address))
    out.push_back({"server.trusted_proxies", "must hold IP addresses"});
  if (all.unix_listener.socket_path.size() > longest_socket_path)
    out.push_back({"server.unix.path", "must be at most 107 bytes from the root"});
}

void check_ports(const settings& all, findings& out) {
  const auto& plain = all.public_listener;
  const auto& tls = all.tls_listener;
  const auto& operators = all.operator_listener;
  if (operators.port != 0 && operators.port == plain.port)
    out.push_back({"operator.port", "must not be the port of the public API"});
  if (tls.has_tls() && tls.port != 0 && (tls.port == plain.port || tls.port == operators.port))
    out.push_back({"server.tls.port", "must not be server.port or operator.port"});
}

/// A body is in memory before anybody has looked at it; whoever sends it slowly keeps it there.
void check_memory(const settings& all, findings& out) {
  auto listeners = public_listeners(all);
  listeners.push_back(all.operator_listener);
  std::int64_t bodies = 0;
  for (const auto& one : listeners)
    bodies += static_cast<std::int64_t>(one.hard_body) * one.max_connections;
  if (bodies > all.memory_budget)
    out.push_back({"server.max_connections", "of all listeners may send bodies of " + std::to_string(bodies >> 20)
                                               + " MiB at a time, more than server.memory_budget"});
}

void check_tls(const settings& all, findings& out) {
  const auto& one = all.tls_listener;
  if (!one.has_tls()) {
    if (!one.tls.key.empty() || !one.tls.client_ca.empty())
      out.push_back({"server.tls.certificate", "is required: without it there is no such listener"});
    return;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto loaded = server::load_tls_identity(one.tls, now);
  if (!loaded)
    out.push_back({"server.tls." + loaded.error().key, loaded.error().reason});
  else if (loaded->admits_any_cloudflare_zone && all.deployed == deployment::production)
    out.push_back({"server.tls.client_ca", "production refuses the authority of the certificate that all customers of "
                                           "Cloudflare share: upload one of your own"});
  if (one.keep_alive_limit > longest_idle_stranger && !one.proves_peers())
    out.push_back({"server.tls.keep_alive", "must not exceed 5 min without server.tls.client_ca: anybody may connect"});
}

/// Anybody's Cloudflare zone can reach us from Cloudflare's addresses: being one of them proves nothing.
void check_trust(const settings& all, findings& out) {
  if (all.deployed != deployment::production)
    return;
  for (const auto& proxy : all.public_listener.trusted_proxies)
    if (is_ip_address(proxy) && !is_private_address(proxy))
      out.push_back({"server.trusted_proxies", "production believes peers on this machine or a private network only"});
}

} // namespace

std::vector<finding> check_listeners(const settings& all) {
  findings out;
  check_addresses(all, out);
  check_ports(all, out);
  check_memory(all, out);
  check_tls(all, out);
  check_trust(all, out);
  return out;
}

} // namespace easel::config
