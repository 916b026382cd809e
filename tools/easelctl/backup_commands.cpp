#include "tools/easelctl/backup_commands.hpp"

#include "persistence/backup_reaper.hpp"
#include "persistence/postgres_retention.hpp"
#include "policies/retention_clock.hpp"
#include "tools/easelctl/postgres_programs.hpp"
#include "tools/easelctl/refusal.hpp"
#include "tools/easelctl/results.hpp"
#include "tools/easelctl/text_table.hpp"

#include <algorithm>
#include <map>
#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;
using persistence::backup_directory;
using policies::registered_backup;

/// One line of the list: what the register says of a backup, and what the directory has of it.
struct listed {
  std::optional<registered_backup> row;
  std::optional<policies::seen_backup> seen;
};

std::string files_of(const listed& one, const backup_directory& directory) {
  if (!one.seen)
    return one.row->removed_at ? "removed" : one.row->place == directory.place() ? "missing" : "in another directory";
  if (one.seen->is_partial)
    return "partial";
  const auto manifest = directory.read_manifest(one.seen->id);
  if (!manifest)
    return "no manifest";
  std::string missing;
  for (const auto& name : directory.missing_files(*manifest))
    missing += (missing.empty() ? "missing: " : ", ") + name;
  return missing.empty() ? "all" : missing;
}

ordered_json line_of(const uuid& id, const listed& one, const backup_directory& directory, bool knows_register) {
  const auto manifest =
    one.seen && !one.seen->is_partial ? directory.read_manifest(id) : easel::unexpected(std::string());
  ordered_json line = {{"backup", to_string(id)}, {"created_at", nullptr}, {"expires_at", nullptr},
                       {"state", nullptr},        {"bytes", nullptr},      {"files", files_of(one, directory)}};
  if (one.row) {
    line["created_at"] = to_string(one.row->created_at);
    line["expires_at"] = to_string(one.row->expires_at);
    line["state"] = to_string(one.row->state);
    line["bytes"] = one.row->bytes;
  } else if (manifest) {
    line["created_at"] = to_string(manifest->created_at);
    line["expires_at"] = to_string(manifest->expires_at);
    line["bytes"] = policies::total_bytes(*manifest);
    line["state"] = knows_register ? "not registered" : "unknown";
  }
  return line;
}

/// Works without the database too: it may be what was lost.
ordered_json inventory(const backup_office& at, std::ostream& err) {
  const auto directory = need(backup_directory::open(at.backup.directory));
  std::map<uuid, listed> all;
  for (const auto& seen : need(directory.look()))
    all[seen.id].seen = seen;
  const auto rows = persistence::make_backup_register(at.store, at.clock_shift)->list();
  if (!rows)
    err << "easelctl: the database was not asked, as it does not answer: only what the directory has is listed\n";
  else
    for (const auto& row : *rows)
      all[row.id].row = row;
  auto lines = ordered_json::array();
  for (const auto& [id, one] : all)
    lines.push_back(line_of(id, one, directory, rows.has_value()));
  return {{"backups", std::move(lines)}};
}

ordered_json verified(const verify_backup& what, const backup_office& at) {
  const auto directory = need(backup_directory::open(at.backup.directory));
  const auto manifest = need(directory.read_manifest(what.backup));
  const auto complaints = verify(directory, manifest, at);
  return {{"backup", to_string(what.backup)},
          {"whole", complaints.empty()},
          {"expired", policies::is_expired(manifest, node_time(at))},
          {"master_keys", manifest.master_keys},
          {"complaints", complaints}};
}

/// The server's reaper watches the database's clock for leaps, which a single look cannot see. While it has stopped for
/// one, nothing is removed here either, and nothing is given a time.
void heed_the_reaper(const backup_office& at) {
  const auto clock = std::make_shared<persistence::postgres_commons>();
  clock->shift_clock(at.clock_shift);
  const auto record = need(persistence::make_postgres_retention(at.store, at.reaper_lock_wait, clock)->find_clock());
  if (record.halted_at)
    refuse("the server has stopped deleting, because the database's clock cannot be believed ("
           + std::string(to_string(record.why)) + "): look at it, then easelctl retention confirm-clock");
}

ordered_json reap(const backup_office& at) {
  const auto known = persistence::make_backup_register(at.store, at.clock_shift);
  const auto round = reap_expired(at, *known).round;
  if (!round.fault.empty())
    refuse("a backup that has expired is still there: " + round.fault);
  return {{"removed", round.removed}, {"held", round.held}, {"past_due", round.past_due}};
}

struct backup_performer {
  const backup_office& at;
  std::ostream& err;
  ordered_json operator()(const create_backup&) const { return create(at, err); }
  ordered_json operator()(const list_backups&) const { return inventory(at, err); }
  ordered_json operator()(const verify_backup& c) const { return verified(c, at); }
  ordered_json operator()(const restore_backup& c) const { return restore(c, at, err); }
  ordered_json operator()(const reap_backups&) const { return reap(at); }
};

void print_backups(std::ostream& out, const ordered_json& what) {
  if (what.contains("backups")) {
    text_table table({{"BACKUP"}, {"CREATED"}, {"EXPIRES"}, {"STATE"}, {"BYTES", true}, {"FILES"}});
    for (const auto& one : what["backups"])
      table.add({plain(one["backup"]), plain(one["created_at"]), plain(one["expires_at"]), plain(one["state"]),
                 plain(one["bytes"]), plain(one["files"])});
    out << table.text();
    return;
  }
  for (const auto& [name, value] : what.items())
    if (!value.is_array())
      print_field(out, name, value, 14);
}

} // namespace

instant node_time(const backup_office& at) {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) + at.clock_shift;
}

void check_clocks(const backup_office& at, instant node_before, instant database) {
  const policies::clock_reading reading{node_before, database, node_time(at), {}};
  const auto fault = policies::judge_clock(std::nullopt, reading);
  if (fault != policies::clock_fault::none)
    refuse("nothing is judged by a clock that cannot be believed: " + std::string(to_string(fault)));
}

reaped_backups reap_expired(const backup_office& at, persistence::backup_register& known) {
  const auto before = node_time(at);
  const auto now = need(known.now());
  check_clocks(at, before, now);
  heed_the_reaper(at);
  return {now, need(persistence::reap_backups(known, at.backup, now))};
}

std::vector<std::string> verify(const backup_directory& directory, const policies::backup_manifest& manifest,
                                const backup_office& at) {
  const auto path = directory.path_of(manifest.id);
  auto complaints = policies::check_manifest(manifest, manifest.id);
  const auto files = backup_directory::measure(path);
  if (!files)
    complaints.push_back(files.error() + '.');
  else
    for (auto& each : policies::compare_files(manifest, *files))
      complaints.push_back(std::move(each));
  if (!complaints.empty())
    return complaints;
  const postgres_programs programs(at.backup);
  const auto data = programs.list(path / policies::data_dump), keys = programs.list(path / policies::keys_dump);
  for (const auto* one : {&data, &keys})
    if (!*one)
      complaints.push_back(one->error() + '.');
  if (data && keys)
    for (auto& each : policies::check_contents(*data, *keys))
      complaints.push_back(std::move(each));
  return complaints;
}

int run_backups(const backup_command& what, const backup_office& at, std::ostream& out, std::ostream& err) try {
  if (at.backup.directory.empty())
    refuse("there are no backups: backup.directory is not set");
  const auto result = std::visit(backup_performer{at, err}, what);
  if (at.json)
    out << result.dump() << '\n';
  else
    print_backups(out, result);
  if (!std::holds_alternative<verify_backup>(what) || result["whole"].get<bool>())
    return 0;
  for (const auto& each : result["complaints"])
    err << "easelctl: " << each.get<std::string>() << '\n';
  return 1;
} catch (const refusal& r) {
  err << "easelctl: " << r.sentence << '\n';
  return 1;
}

} // namespace easel::easelctl
