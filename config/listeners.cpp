#include "config/listeners.hpp"

namespace easel::config {
namespace {

server::listener_settings with_common(server::listener_settings own, const server::listener_settings& common) {
  auto out = common;
  out.name = std::move(own.name);
  out.address = std::move(own.address);
  out.port = own.port;
  out.socket_path = std::move(own.socket_path);
  out.socket_mode = own.socket_mode;
  out.tls = std::move(own.tls);
  out.threads = own.threads;
  out.max_connections = own.max_connections;
  out.connections_per_address = own.connections_per_address;
  out.forwarded_by = own.forwarded_by;
  out.read_limit = own.read_limit;
  out.keep_alive_limit = own.keep_alive_limit;
  return out;
}

} // namespace

std::vector<server::listener_settings> public_listeners(const settings& all) {
  std::vector<server::listener_settings> out{all.public_listener};
  if (all.tls_listener.has_tls())
    out.push_back(with_common(all.tls_listener, all.public_listener));
  if (!all.unix_listener.socket_path.empty())
    out.push_back(with_common(all.unix_listener, all.public_listener));
  return out;
}

} // namespace easel::config
