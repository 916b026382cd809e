#pragma once

#include "persistence/backup_directory.hpp"
#include "persistence/backup_reaper.hpp"
#include "persistence/backups.hpp"
#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "tools/easelctl/command_line.hpp"

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <memory>
#include <string>

namespace easel::easelctl {

struct backup_office {
  persistence::backup_settings backup;
  persistence::store_settings store; ///< of the database that is backed up
  persistence::master_keys keys;
  duration reaper_lock_wait{};
  duration clock_shift{}; ///< development and tests only
  std::string actor;      ///< for the audit table: who typed it
  bool json = false;
};

/// Prints to `out` what was asked for, to `err` why not; returns the exit code: 0 done, 1 not done.
[[nodiscard]] int run_backups(const backup_command& what, const backup_office& at, std::ostream& out,
                              std::ostream& err);

// ---------------------------------------------------------------- its parts

/// What has expired is removed; but first its clocks must be fit to judge by. `now` is the database's time. Throws.
struct reaped_backups {
  instant now;
  persistence::backup_round round;
};
[[nodiscard]] reaped_backups reap_expired(const backup_office& at, persistence::backup_register& known);

/// This node's clock and a database's must agree before anything is deleted by either. Throws.
void check_clocks(const backup_office& at, instant node_before, instant database);
[[nodiscard]] instant node_time(const backup_office& at);

/// Everything that is wrong with a backup, files read to their end.
[[nodiscard]] std::vector<std::string> verify(const persistence::backup_directory& directory,
                                              const policies::backup_manifest& manifest, const backup_office& at);

[[nodiscard]] nlohmann::ordered_json create(const backup_office& at, std::ostream& err);
[[nodiscard]] nlohmann::ordered_json restore(const restore_backup& what, const backup_office& at, std::ostream& err);

} // namespace easel::easelctl
