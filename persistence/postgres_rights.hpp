#pragma once

#include "persistence/postgres_store.hpp"
#include "persistence/rights.hpp"

namespace easel::persistence {

/// Rights with one connection of their own, opened when first used and again when it was lost. Needs a session-level
/// connection to a migrated database. `commons` is that of the process's stores: an account that is erased here is
/// forgotten there. A command that was `unavailable` may have happened; asking again is safe.
[[nodiscard]] std::unique_ptr<rights> make_postgres_rights(store_settings settings, const rights_settings& own,
                                                           std::shared_ptr<const keyring> keys,
                                                           std::shared_ptr<postgres_commons> commons = nullptr);

} // namespace easel::persistence
