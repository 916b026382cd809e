#pragma once

#include "persistence/auditor.hpp"
#include "persistence/postgres_store.hpp"

#include <memory>

namespace easel::persistence {

/// With a connection of its own, on which it becomes the role `easel_auditor` for everything it reads. `limit` bounds
/// each statement: some of them look at a month's generations. `commons` shifts the clock, in development and tests.
[[nodiscard]] std::unique_ptr<auditor> make_postgres_auditor(store_settings settings, duration limit,
                                                             std::shared_ptr<postgres_commons> commons = nullptr);

} // namespace easel::persistence
