#include "persistence/database_check.hpp"
#include "persistence/expiry.hpp"
#include "persistence/migrate.hpp"
#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_store.hpp"
#include "tools/easelctl/backup_commands.hpp"
#include "tools/easelctl/postgres_programs.hpp"
#include "tools/easelctl/refusal.hpp"

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;
using policies::backup_manifest;
using policies::registered_backup;

void refuse_if_any(const std::vector<std::string>& complaints, const std::string& what) {
  std::string all = what;
  for (const auto& each : complaints)
    all += "\n  " + each;
  if (!complaints.empty())
    refuse(all);
}

/// Of the clock of the database that it goes into: the one by which everything else there is judged.
void refuse_expired(const backup_manifest& manifest, const backup_office& at, persistence::restore_target& target) {
  const auto before = node_time(at);
  const auto now = need(target.now());
  check_clocks(at, before, now);
  if (policies::is_expired(manifest, now))
    refuse("this backup expired at " + to_string(policies::end_of(manifest.created_at, manifest.expires_at))
           + " and is not restored any more");
}

std::vector<std::string> names_of(const persistence::master_keys& configured) {
  std::vector<std::string> names;
  for (const auto* key : {&configured.master, &configured.previous})
    if (const auto ring = persistence::keyring::from_master(*key))
      names.push_back(persistence::master_key_name(ring->key_check()));
  return names;
}

/// Data first: the rows of the keys refer to accounts.
void fill(const persistence::backup_directory& directory, const backup_manifest& manifest, const backup_office& at,
          persistence::restore_target& target) {
  const auto access = need(persistence::access_for_programs(at.store.database_url));
  const postgres_programs programs(at.backup);
  const auto path = directory.path_of(manifest.id);
  for (const auto dump : {policies::data_dump, policies::keys_dump})
    need(programs.restore(path / dump, access, at.backup.restore_timeout));
  refuse_if_any(policies::compare_rows(manifest, need(target.count_rows())), "the rows are not those of the backup:");
}

/// Returns the keys that the database is used with from now on.
std::shared_ptr<const persistence::keyring> bring_up_to_date(const backup_office& at) {
  if (const auto applied = persistence::migrate(at.store.database_url); !applied)
    refuse("the schema could not be brought up to this program's: " + applied.error().sentence);
  return std::make_shared<const persistence::keyring>(need(persistence::open_keyring(at.store.database_url, at.keys)));
}

/// Whole tables are read.
persistence::store_settings patient(const backup_office& at) {
  auto settings = at.store;
  settings.statement_timeout = at.backup.restore_timeout;
  return settings;
}

std::shared_ptr<persistence::postgres_commons> shifted_clock(const backup_office& at) {
  auto commons = std::make_shared<persistence::postgres_commons>();
  commons->shift_clock(at.clock_shift);
  return commons;
}

/// What has had its time since the backup was made goes before anybody could see it.
persistence::expiry_outcome expire(const backup_office& at) {
  const auto reaper = persistence::make_postgres_retention(patient(at), at.reaper_lock_wait, shifted_clock(at));
  const auto cut = need(reaper->now());
  const auto began = std::chrono::steady_clock::now();
  const auto done = need(persistence::expire_all(*reaper, at.store.retention, cut));
  persistence::retention_run run;
  run.cut = cut;
  run.took = std::chrono::ceil<duration>(std::chrono::steady_clock::now() - began);
  run.rows = done.rows;
  run.partitions = done.partitions;
  need(reaper->record(run));
  return done;
}

void check_books(const backup_office& at, std::shared_ptr<const persistence::keyring> keys) {
  const auto store = persistence::make_postgres_store(patient(at), std::move(keys), shifted_clock(at));
  const auto found = need(store->check_invariants());
  const auto sum = found.completed_without_images + found.dispatched_without_verdict + found.cross_tier_disclosures
                   + found.calls_without_disclosure + found.images_settled_twice + found.balances_off
                   + found.holds_without_work + found.overdrawn_grants;
  if (sum != 0)
    refuse("the books of what was restored are not in order: " + std::to_string(sum) + " faults");
}

/// The register is not part of a backup: the directory knows better what is there today.
std::vector<registered_backup> backups_in(const persistence::backup_directory& directory) {
  std::vector<registered_backup> found;
  for (const auto& seen : need(directory.look())) {
    if (seen.is_partial)
      continue;
    const auto manifest = directory.read_manifest(seen.id);
    if (manifest && policies::check_manifest(*manifest, seen.id).empty())
      found.push_back({seen.id,
                       directory.place(),
                       manifest->created_at,
                       manifest->expires_at,
                       policies::backup_state::complete,
                       policies::total_bytes(*manifest),
                       {}});
  }
  return found;
}

} // namespace

/// Interrupted anywhere after `begin`, the database bears a mark: no server starts on it, and the same command starts
/// over.
ordered_json restore(const restore_backup& what, const backup_office& office, std::ostream& err) {
  auto at = office;
  at.store.database_url = what.into;
  const auto directory = need(persistence::backup_directory::open(at.backup.directory));
  const auto manifest = need(directory.read_manifest(what.backup));
  const auto target = persistence::make_restore_target(at.store, at.backup.restore_timeout, at.clock_shift);
  refuse_expired(manifest, at, *target);
  refuse_if_any(policies::missing_master_keys(manifest, names_of(at.keys)), "this backup could not be read:");
  refuse_if_any(verify(directory, manifest, at), "this backup is not whole:");
  if (const auto fit = persistence::check_database(what.into); !fit)
    refuse_if_any(fit.error(), "the database is not fit for it:");
  if (!need(target->begin(what.backup)))
    refuse("there is something in that database already: give an empty one");
  err << "easelctl: restoring; no server starts on this database until it is done\n";
  fill(directory, manifest, at, *target);
  const auto keys = bring_up_to_date(at);
  const auto expired = expire(at);
  // What was erased since the backup was made is replayed here, or by the server before it serves.
  check_books(at, keys);
  need(target->finish(what.backup, backups_in(directory), at.actor));
  err << "easelctl: restored and verified; set database.url to it and start the server: before it serves it replays "
         "the journal of erasures\n";
  return {{"restored", to_string(what.backup)},
          {"as_of", to_string(manifest.created_at)},
          {"expired_rows", expired.rows},
          {"dropped_days", expired.partitions}};
}

} // namespace easel::easelctl
