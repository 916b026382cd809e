#pragma once

#include "http/server/routes.hpp"
#include "http/server/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace easel::server {

/// What one listener has met since it opened.
struct listener_figures {
  std::string name;
  long open_connections = 0;
  std::uint64_t refused_connections = 0;        ///< beyond a bound
  std::uint64_t failed_accepts = 0;             ///< for want of descriptors or memory
  std::uint64_t failed_handshakes = 0;          ///< no certificate, a wrong one, too slow, no TLS at all
  std::uint64_t slow_requests = 0;              ///< begun and not whole in time
  std::uint64_t unnamed_requests = 0;           ///< whose client a trusted peer did not name
  std::map<std::string, std::uint64_t> cookies; ///< how often each was set, by name
  std::uint64_t unknown_cookies = 0;            ///< set in any other way

  struct certificate {
    std::chrono::sys_seconds expires;
    std::uint64_t reloads = 0;
    std::uint64_t failed_reloads = 0;
  };
  std::optional<certificate> tls;
};

/// A listening socket, its threads and its open connections. Created and destroyed by one thread; the rest any.
class listener {
public:
  /// Binds and serves at once. The error is a sentence that names address and reason.
  [[nodiscard]] static expected<std::unique_ptr<listener>, std::string> open(listener_settings settings,
                                                                             route_table routes, access_sink log);

  /// Cuts what is left. Exchanges that others still hold become inert.
  virtual ~listener() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0; ///< 0: a unix socket
  [[nodiscard]] virtual std::string where() const = 0;  ///< "127.0.0.1:8080", or the path of a unix socket
  [[nodiscard]] virtual long open_connections() const = 0;
  [[nodiscard]] virtual listener_figures figures() const = 0;
  /// Reads the files of a TLS listener again; handshakes from now on use what they hold, connections that are open stay
  /// as they are. Files that are not fit for use change nothing: the error says what is wrong. Blocks on the file
  /// system. Nothing happens without TLS.
  [[nodiscard]] virtual expected<void, std::string> reload_certificate() = 0;
  /// No new connections; answers from now on close theirs.
  virtual void stop_accepting() = 0;
  /// Waits until every request was answered, at most `limit`. False when some are left.
  virtual bool drain(duration limit) = 0;
};

} // namespace easel::server
