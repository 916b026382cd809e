#pragma once

#include "policies/vocabulary/expected.hpp"

#include <string>

namespace easel::persistence {

struct migration_error {
  std::string sentence; ///< what went wrong and with which file; never a value or a statement
  std::string sqlstate; ///< empty when it was not the database that refused
};

/// Brings the schema up to what this program expects and makes the day partitions of the next days. Several nodes may
/// call it at the same time: one does the work under an advisory lock, the others find it done. Every file is one
/// transaction. Refuses a database whose applied files differ from ours, or that is newer than this program.
/// Returns how many files were applied. Blocks; opens a connection of its own to `url`, a libpq connection string.
[[nodiscard]] expected<int, migration_error> migrate(const std::string& url);

} // namespace easel::persistence
