#pragma once

#include "actors/log_ring.hpp"
#include "config/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace easel::tools {

/// The whole server, assembled: database, transport, actors, listeners. Started and stopped by one thread.
class service {
public:
  /// Checks and migrates the database, replays the journal of erasures, joins the cluster, opens the listeners last.
  /// The error is one or more sentences for the operator, without a value of any secret.
  /// `log` has the newest lines of the process' log, for the console.
  [[nodiscard]] static expected<std::unique_ptr<service>, std::string>
  start(const config::settings& settings, std::shared_ptr<const actors::log_ring> log);

  virtual ~service() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::uint16_t operator_port() const = 0;

  /// Reads the certificates of TLS listeners again. One that is not fit for use is logged, and the old one stays.
  virtual void reload() = 0;

  /// Stops accepting, lets what can finish finish within the drain limit, hands the rest over. Blocks.
  virtual void stop() = 0;
};

} // namespace easel::tools
