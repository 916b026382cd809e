#include "persistence/backup_reaper.hpp"
#include "tools/easelctl/backup_commands.hpp"
#include "tools/easelctl/postgres_programs.hpp"
#include "tools/easelctl/refusal.hpp"

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;
using policies::backup_manifest;
using policies::backup_state;
using policies::registered_backup;

/// All steps of one backup together.
class deadline {
public:
  explicit deadline(duration limit) : until_(std::chrono::steady_clock::now() + limit) {}
  [[nodiscard]] duration left() const {
    const auto left = std::chrono::floor<duration>(until_ - std::chrono::steady_clock::now());
    if (left <= duration::zero())
      refuse("the backup took longer than backup.timeout and was given up");
    return left;
  }

private:
  std::chrono::steady_clock::time_point until_;
};

uuid new_id(instant at) {
  std::array<std::uint8_t, 10> random{};
  persistence::fill_random(random.data(), random.size());
  return make_uuid_v7(at, random);
}

/// Both dumps are of one moment: no account is in one of them only.
backup_manifest write_dumps(const backup_office& at, const registered_backup& row,
                            const std::filesystem::path& directory) {
  const deadline end(at.backup.timeout);
  const auto access = need(persistence::access_for_programs(at.store.database_url));
  const postgres_programs programs(at.backup);
  backup_manifest manifest{row.id, row.created_at, row.expires_at, 0, {}, {}, {}, {}};
  {
    const auto moment = need(persistence::take_snapshot(at.store.database_url, at.backup.timeout));
    manifest.schema_version = moment->schema_version();
    manifest.server_version = moment->server_version();
    manifest.master_keys = moment->master_keys();
    need(programs.dump_data(access, moment->name(), directory / policies::data_dump, end.left()));
    need(programs.dump_keys(access, moment->name(), directory / policies::keys_dump, end.left()));
    manifest.rows = need(moment->count_rows());
  }
  manifest.files = need(persistence::backup_directory::measure(directory));
  (void)end.left();
  return manifest;
}

backup_manifest make(const backup_office& at, const persistence::backup_directory& directory,
                     persistence::backup_register& known, const registered_backup& row) {
  auto manifest = write_dumps(at, row, need(directory.begin(row.id)));
  need(directory.complete(manifest));
  if (!need(known.conclude(row.id, backup_state::complete, policies::total_bytes(manifest))))
    refuse("the backup was given up by somebody else meanwhile");
  return manifest;
}

/// What is left of it. Where even that fails, a later round of the reaper tries again.
void give_up(const persistence::backup_directory& directory, persistence::backup_register& known, const uuid& id) {
  if (directory.remove(id))
    (void)known.note_removed(id).has_value();
}

} // namespace

ordered_json create(const backup_office& at, std::ostream& err) {
  const auto directory = need(persistence::backup_directory::open(at.backup.directory));
  const auto known = persistence::make_backup_register(at.store, at.clock_shift);
  const auto [now, round] = reap_expired(at, *known);
  if (!round.fault.empty())
    err << "easelctl: a backup that has expired is still there: " << round.fault << '\n';
  const registered_backup row{new_id(now), directory.place(), now, now + at.backup.keep, backup_state::running, 0, {}};
  need(known->add(row, at.actor));
  try {
    const auto manifest = make(at, directory, *known, row);
    return {{"backup", to_string(row.id)},
            {"created_at", to_string(row.created_at)},
            {"expires_at", to_string(row.expires_at)},
            {"bytes", policies::total_bytes(manifest)},
            {"directory", directory.path_of(row.id).string()},
            {"master_keys", manifest.master_keys},
            {"removed", round.removed}};
  } catch (...) {
    give_up(directory, *known, row.id);
    throw;
  }
}

} // namespace easel::easelctl
