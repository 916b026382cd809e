#include "persistence/backup_reaper.hpp"

#include <algorithm>

namespace easel::persistence {

namespace {

using policies::registered_backup;

/// Ids are found again after the directory was emptied: the register hears of each removal.
answer<bool> remove_due(backup_register& known, const backup_directory& directory,
                        const std::vector<registered_backup>& rows, instant now, duration limit, backup_round& round) {
  std::vector<registered_backup> ours;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(ours),
               [&](const registered_backup& row) { return row.place == directory.place(); });
  const auto seen = directory.look();
  if (!seen) {
    round.fault = seen.error();
    return true;
  }
  for (const auto& id : policies::due_backups(ours, *seen, now, limit)) {
    if (const auto removed = directory.remove(id); !removed) {
      round.fault = removed.error();
      continue;
    }
    const bool was_there =
      std::any_of(seen->begin(), seen->end(), [&](const policies::seen_backup& one) { return one.id == id; });
    round.removed += was_there ? 1 : 0;
    const bool is_known =
      std::any_of(ours.begin(), ours.end(), [&](const registered_backup& row) { return row.id == id; });
    if (is_known)
      if (const auto noted = known.note_removed(id); !noted)
        return noted;
  }
  return true;
}

} // namespace

duration longest_backup(const backup_settings& settings) { return settings.timeout + std::chrono::minutes(10); }

answer<backup_round> reap_backups(backup_register& known, const backup_settings& settings, instant now) {
  backup_round round;
  auto rows = known.list();
  if (!rows)
    return unexpected(rows.error());
  if (!settings.directory.empty()) {
    const auto directory = backup_directory::open(settings.directory);
    if (!directory)
      round.fault = directory.error();
    else if (const auto done = remove_due(known, *directory, *rows, now, longest_backup(settings), round); !done)
      return unexpected(done.error());
    rows = known.list();
    if (!rows)
      return unexpected(rows.error());
  }
  for (const auto& row : *rows) {
    round.held += row.removed_at ? 0 : 1;
    round.past_due += !row.removed_at && policies::end_of(row.created_at, row.expires_at) <= now ? 1 : 0;
  }
  return round;
}

} // namespace easel::persistence
