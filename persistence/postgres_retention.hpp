#pragma once

#include "persistence/postgres_store.hpp"
#include "persistence/retention.hpp"

#include <memory>

namespace easel::persistence {

/// With a connection of its own, opened when first used and again when it was lost; needs a session-level connection,
/// because the one reaper of a cluster is whoever holds an advisory lock. `lock_wait` bounds every wait for a lock.
/// `commons` shifts the clock, in development and tests.
[[nodiscard]] std::unique_ptr<retention> make_postgres_retention(store_settings settings, duration lock_wait,
                                                                 std::shared_ptr<postgres_commons> commons = nullptr);

} // namespace easel::persistence
