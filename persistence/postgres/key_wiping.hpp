#pragma once

#include "persistence/postgres/connection.hpp"
#include "policies/key_wipe.hpp"

#include <string>
#include <vector>

/// How destroyed content keys leave the files of the cluster (RIGHT-3). What it counts is in
/// persistence/migrations/V019__keys.sql; docs/decisions/0024-keys-that-end.md says why it takes these steps.
namespace easel::persistence::postgres {

[[nodiscard]] answer<policies::key_remains> find_key_remains(connection& to);
[[nodiscard]] answer<std::optional<policies::key_wipe>> last_key_wipe(connection& to);

/// As persistence::retention::wipe_keys; cut off anywhere it is done anew. The statement time-out of `to` bounds each
/// statement, its lock time-out how long readers may be held up beside the rewriting itself.
[[nodiscard]] answer<bool> wipe_keys(connection& to, policies::wipe_step step);

} // namespace easel::persistence::postgres
