#include "policies/backup.hpp"

#include "policies/inventory.hpp"
#include "policies/retention_rules.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace easel::policies {

namespace {

/// The rows of these open what the data dump holds.
constexpr std::array<std::string_view, 1> key_tables{"account_key"};

/// Nobody's data, and wrong in another cluster or at another time: operators' sessions; which clock was believed last,
/// what the reaper did, and what audits saw; what stands in another cluster's files; and the register, which the
/// directory of backups itself knows better.
constexpr std::array<std::string_view, 8> left_out{"operator_session", "retention_clock",  "retention_run", "backup",
                                                   "self_report",      "payment_sighting", "destroyed_key", "key_wipe"};

/// Whether rows with that window are worth a copy that lives for 30 days.
bool is_kept(retention_window window) {
  switch (window) {
  case retention_window::account:
  case retention_window::content:
  case retention_window::ledger:
  case retention_window::audit:
  case retention_window::erasure:
  case retention_window::erased_subject:
  case retention_window::privacy_request:
  case retention_window::billing_event:
    return true;
  case retention_window::idempotency:
  case retention_window::attach:
  case retention_window::access_log:
  case retention_window::sign_in:
  case retention_window::session:
    return false;
  }
  return true;
}

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

backup_plan make_plan() {
  std::set<std::string_view> all, personal, lasting;
  for (const auto& field : data_inventory()) {
    all.insert(field.table);
    personal.insert(field.table);
    if (is_kept(field.window))
      lasting.insert(field.table);
  }
  for (const auto& column : non_personal_columns())
    all.insert(column.table);
  backup_plan plan;
  for (const auto table : all) {
    const bool is_short_lived = personal.contains(table) && !lasting.contains(table);
    if (is_among(key_tables, table))
      plan.apart.push_back(table);
    else if (is_short_lived || is_among(left_out, table))
      plan.left_out.push_back(table);
    else
      plan.kept.push_back(table);
  }
  return plan;
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

const backup_file* find_file(std::span<const backup_file> files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const backup_file& f) { return f.name == name; });
  return found == files.end() ? nullptr : &*found;
}

bool is_relation_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

/// A line is "NUMBER; OID OID TABLE DATA easel NAME OWNER"; a day's table counts as its parent.
std::set<std::string_view, std::less<>> tables_with_rows(std::string_view list) {
  constexpr std::string_view mark = " TABLE DATA easel ";
  constexpr std::size_t day_ending = 9; // _20261123
  std::set<std::string_view, std::less<>> found;
  while (!list.empty()) {
    const auto line = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    const auto at = line.find(mark);
    if (at == std::string_view::npos || line.starts_with(';'))
      continue;
    const auto rest = line.substr(at + mark.size());
    const auto name = rest.substr(0, rest.find(' '));
    found.insert(name);
    for (const auto parent : daily_tables())
      if (name.size() == parent.size() + day_ending && name.starts_with(parent))
        found.insert(parent);
  }
  return found;
}

} // namespace

const backup_plan& plan_backup() {
  static const auto plan = make_plan();
  return plan;
}

std::int64_t total_bytes(const backup_manifest& manifest) {
  return std::accumulate(manifest.files.begin(), manifest.files.end(), std::int64_t{0},
                         [](std::int64_t sum, const backup_file& f) { return sum + f.bytes; });
}

instant end_of(instant created_at, instant expires_at) {
  return std::min<instant>(expires_at, created_at + longest_backup_life);
}

bool is_expired(const backup_manifest& manifest, instant now) {
  // The id says when it was begun, and names the directory: the rest of the file is easily changed.
  return std::min<instant>(end_of(manifest.created_at, manifest.expires_at),
                           minted_at(manifest.id) + longest_backup_life)
         <= now;
}

std::vector<std::string> check_manifest(const backup_manifest& manifest, const uuid& directory) {
  std::vector<std::string> complaints;
  if (manifest.id != directory)
    complaints.emplace_back("the manifest is that of another backup.");
  if (manifest.expires_at <= manifest.created_at || manifest.expires_at - manifest.created_at > longest_backup_life)
    complaints.emplace_back("the manifest says that it expires later than 30 days after it was made, or before.");
  if (manifest.schema_version < 1)
    complaints.emplace_back("the manifest names no version of the schema.");
  for (const auto name : {data_dump, keys_dump})
    if (find_file(manifest.files, name) == nullptr)
      complaints.push_back("the manifest does not name " + std::string(name) + '.');
  for (const auto& file : manifest.files) {
    if (file.name != data_dump && file.name != keys_dump)
      complaints.push_back("the manifest names a file that no backup has.");
    if (file.bytes <= 0 || !is_hash(file.sha256))
      complaints.push_back("the manifest has no size or no hash of a file.");
  }
  for (const auto& [table, rows] : manifest.rows)
    if (rows < 0)
      complaints.push_back("the manifest counts less than no row of a table.");
  return complaints;
}

std::vector<std::string> compare_files(const backup_manifest& manifest, std::span<const backup_file> found) {
  std::vector<std::string> complaints;
  for (const auto& written : manifest.files) {
    const auto* there = find_file(found, written.name);
    if (there == nullptr)
      complaints.push_back(written.name + " is missing.");
    else if (there->bytes != written.bytes)
      complaints.push_back(written.name + " has " + std::to_string(there->bytes) + " bytes and was written with "
                           + std::to_string(written.bytes) + '.');
    else if (there->sha256 != written.sha256)
      complaints.push_back(written.name + " is not as it was written: its SHA-256 differs.");
  }
  return complaints;
}

std::vector<std::string> compare_rows(const backup_manifest& manifest,
                                      const std::map<std::string, std::int64_t>& found) {
  std::vector<std::string> complaints;
  for (const auto& [table, rows] : manifest.rows) {
    const auto there = found.find(table);
    const auto count = there == found.end() ? 0 : there->second;
    if (count != rows)
      complaints.push_back(table + " has " + std::to_string(count) + " rows, and had " + std::to_string(rows) + '.');
  }
  return complaints;
}

std::vector<std::string> missing_master_keys(const backup_manifest& manifest, std::span<const std::string> configured) {
  std::vector<std::string> complaints;
  for (const auto& name : manifest.master_keys)
    if (std::find(configured.begin(), configured.end(), name) == configured.end())
      complaints.push_back("it needs the master key " + name + ", which is neither keys.master nor keys.previous.");
  return complaints;
}

std::vector<std::string> check_contents(std::string_view data_list, std::string_view keys_list) {
  const auto& plan = plan_backup();
  const auto in_data = tables_with_rows(data_list), in_keys = tables_with_rows(keys_list);
  std::vector<std::string> complaints;
  for (const auto* tables : {&plan.apart, &plan.left_out})
    for (const auto table : *tables)
      if (in_data.contains(table))
        complaints.push_back(std::string(data_dump) + " holds rows of " + std::string(table) + '.');
  for (const auto table : plan.apart)
    if (!in_keys.contains(table))
      complaints.push_back(std::string(keys_dump) + " holds no rows of " + std::string(table) + '.');
  if (!in_data.contains("account"))
    complaints.push_back(std::string(data_dump) + " holds no rows of account.");
  return complaints;
}

std::string_view to_string(backup_state state) {
  switch (state) {
  case backup_state::running:
    return "running";
  case backup_state::complete:
    return "complete";
  case backup_state::failed:
    return "failed";
  }
  return "unknown";
}

std::vector<uuid> due_backups(std::span<const registered_backup> of_this_place, std::span<const seen_backup> seen,
                              instant now, duration limit) {
  std::set<uuid> due;
  for (const auto& row : of_this_place) {
    if (row.removed_at)
      continue;
    const bool was_left = row.state != backup_state::complete && row.created_at + limit <= now;
    if (was_left || end_of(row.created_at, row.expires_at) <= now)
      due.insert(row.id);
  }
  for (const auto& one : seen) {
    const auto begun = minted_at(one.id);
    const instant longest = begun + longest_backup_life;
    const instant ends = one.is_partial ? begun + limit : std::min(one.ends.value_or(longest), longest);
    if (ends <= now)
      due.insert(one.id);
  }
  return {due.begin(), due.end()};
}

std::string first_complaint(std::string_view printed) {
  constexpr std::string_view mark = "error: ";
  constexpr std::size_t longest = 200;
  const auto at = printed.find(mark);
  if (at == std::string_view::npos)
    return "it gave no reason";
  printed.remove_prefix(at + mark.size());
  printed = printed.substr(0, printed.find('\n'));
  std::string out;
  while (!printed.empty() && out.size() < longest) {
    const auto open = printed.find('"');
    out += printed.substr(0, open);
    if (open == std::string_view::npos)
      break;
    printed.remove_prefix(open + 1);
    const auto close = printed.find('"');
    const auto quoted = printed.substr(0, close);
    out += is_relation_name(quoted) && close != std::string_view::npos ? '"' + std::string(quoted) + '"' : "\"…\"";
    printed.remove_prefix(close == std::string_view::npos ? printed.size() : close + 1);
  }
  return out.substr(0, longest);
}

} // namespace easel::policies
