#pragma once

#include "persistence/backup_directory.hpp"
#include "persistence/backups.hpp"

namespace easel::persistence {

/// What one look at the backups found and did.
struct backup_round {
  int held = 0;      ///< registered, and not known to be gone
  int past_due = 0;  ///< of these: had their time, and could not be removed from here
  int removed = 0;   ///< directories, registered or not
  std::string fault; ///< a sentence: why one of them is still there; empty when none is
};

/// How long a backup may be under way before what is left of it is removed.
[[nodiscard]] duration longest_backup(const backup_settings& settings);

/// Removes what has to go from the directory, and only then tells the register. Cut off at any moment, the next call
/// goes on. Backups of other directories, and all of them without one, are only counted.
[[nodiscard]] answer<backup_round> reap_backups(backup_register& known, const backup_settings& settings, instant now);

} // namespace easel::persistence
