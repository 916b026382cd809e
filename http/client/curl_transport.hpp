#pragma once

#include "http/client/egress_table.hpp"
#include "http/client/transport.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

/// The border to the network with libcurl: one thread, every transfer multiplexed on it by events.
namespace easel::client {

struct curl_settings {
  host_table hosts;            ///< whoever is not in it cannot be called (THIRD-4)
  bool allow_loopback = false; ///< development only: plain http, and loopback besides public addresses
  bool http2 = true;           ///< over TLS, where the server offers it
  std::size_t max_in_flight = 16384;
  std::size_t max_connections = 1024; ///< kept open; calls above it still run, on connections of their own
  std::string ca_file;                ///< empty: the system's certificates
};

/// What really left this process for one recipient, counted where sockets are opened.
struct egress_counters {
  std::uint64_t calls = 0;   ///< handed to the network
  std::uint64_t refused = 0; ///< host not in the table, or the address is none that may be called
  std::map<std::string, std::uint64_t> connections; ///< sockets opened, by host as in the table
  std::map<std::string, std::uint64_t> hosts{};     ///< the calls again, by host: no more of them than the table has
  std::uint64_t mail = 0; ///< sockets refused because they would have led to a port of mail (MAIL-1)

  friend bool operator==(const egress_counters&, const egress_counters&) = default;
};

class curl_transport : public transport {
public:
  /// Any thread.
  [[nodiscard]] virtual std::map<recipient, egress_counters> transport_counters() const = 0;
};

/// The destructor ends what is in flight with `shut_down` and joins the thread; nothing may call `start` from
/// outside by then, while a sink may still do so from its `on_end`.
///
/// The first transport of a process must be made before other threads read the environment: it takes SSLKEYLOGFILE
/// out of it, because libcurl would write session keys there. Proxy variables and .netrc have no effect.
[[nodiscard]] std::unique_ptr<curl_transport> make_curl_transport(curl_settings settings);

} // namespace easel::client
