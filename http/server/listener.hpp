#pragma once

#include "http/server/routes.hpp"
#include "http/server/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace easel::server {

/// A listening socket, its threads and its open connections. Created and destroyed by one thread; the rest any.
class listener {
public:
  /// Binds and serves at once. The error is a sentence that names address and reason.
  [[nodiscard]] static expected<std::unique_ptr<listener>, std::string> open(listener_settings settings,
                                                                             route_table routes, access_sink log);

  /// Cuts what is left. Exchanges that others still hold become inert.
  virtual ~listener() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual long open_connections() const = 0;
  /// No new connections; answers from now on close theirs.
  virtual void stop_accepting() = 0;
  /// Waits until every request was answered, at most `limit`. False when some are left.
  virtual bool drain(duration limit) = 0;
};

} // namespace easel::server
