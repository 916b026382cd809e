#pragma once

#include "actors/house.hpp"
#include "config/settings.hpp"
#include "http/client/curl_transport.hpp"
#include "persistence/erasure_journal.hpp"
#include "persistence/keyring.hpp"
#include "persistence/postgres_store.hpp"
#include "policies/node_report.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace easel::tools {

/// What the house is put together from. All of it outlives the house.
struct assembly {
  const config::settings& settings;
  std::shared_ptr<const persistence::keyring> keys;
  std::shared_ptr<persistence::erasure_journal> journal; ///< null: none is configured
  std::shared_ptr<persistence::postgres_commons> commons;
  client::curl_transport& transport;
  std::function<std::optional<policies::node_report>()> look_at_self; ///< called on the auditor's thread
  std::shared_ptr<const actors::log_ring> log;                        ///< the newest lines
};

/// Each way to a database and each client of an upstream, as configured. Opens nothing yet.
[[nodiscard]] actors::house_parts house_parts_of(const assembly& from);

/// Civil time, moved as the configuration says.
[[nodiscard]] std::function<instant()> wall_clock(const config::settings& settings);

} // namespace easel::tools
