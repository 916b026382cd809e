#pragma once

#include "persistence/retention.hpp"

namespace easel::persistence {

struct expiry_outcome {
  std::int64_t rows = 0;
  std::int32_t partitions = 0;
};

/// Deletes all that had expired at `cut` by the reaper's own rules and steps, in one go: for a database that nobody
/// serves from. A step that the database does not take ends it; calling it again goes on.
[[nodiscard]] answer<expiry_outcome> expire_all(retention& database, const policies::retention_windows& windows,
                                                instant cut);

} // namespace easel::persistence
