#pragma once

#include "persistence/panels.hpp"
#include "persistence/postgres/connection.hpp"

/// The readings of persistence/panels.hpp.
namespace easel::persistence::postgres {

[[nodiscard]] answer<ledger_state> read_ledger(connection& to);
[[nodiscard]] answer<billing_state> read_billing(connection& to);
[[nodiscard]] answer<retention_state> read_retention(connection& to);
[[nodiscard]] answer<cluster_state> read_cluster(connection& to);

} // namespace easel::persistence::postgres
