#pragma once

#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a backup holds, whether it is whole, and when it has to be gone (RIGHT-3).
namespace easel::policies {

/// The policy promises that deleted data is gone from backups within 30 days.
inline constexpr duration longest_backup_life = std::chrono::hours(24 * 30);

// ---------------------------------------------------------------- what goes where

/// Tables of the schema. Whatever is in none of the lists is not ours.
struct backup_plan {
  std::vector<std::string_view> kept;     ///< with their rows, in the dump of the data
  std::vector<std::string_view> apart;    ///< the wrapped content keys: their rows have a dump of their own
  std::vector<std::string_view> left_out; ///< as empty tables: what expires sooner than a backup, and our own upkeep
};

/// Follows from the windows of the data inventory: a table of which a person's session, sign-in or request is all that
/// it knows has its time soon, and a copy would only outlive it (TECH-1, COOKIE-1).
[[nodiscard]] const backup_plan& plan_backup();

// ---------------------------------------------------------------- is it whole

inline constexpr std::string_view data_dump = "data.dump";
inline constexpr std::string_view keys_dump = "keys/account_key.dump";

struct backup_file {
  std::string name; ///< below the backup's directory
  std::int64_t bytes = 0;
  std::string sha256; ///< 64 hex digits

  friend bool operator==(const backup_file&, const backup_file&) = default;
};

struct backup_manifest {
  uuid id{};
  instant created_at;
  instant expires_at;
  int schema_version = 0;
  std::string server_version; ///< of PostgreSQL: "15.10"
  std::vector<backup_file> files;
  std::map<std::string, std::int64_t> rows; ///< by table, of those that are dumped
  std::vector<std::string> master_keys{};   ///< names of those without which it cannot be read; none: not said

  friend bool operator==(const backup_manifest&, const backup_manifest&) = default;
};

[[nodiscard]] std::int64_t total_bytes(const backup_manifest& manifest);

/// When it is over, whatever a manifest says that somebody has changed.
[[nodiscard]] instant end_of(instant created_at, instant expires_at);
[[nodiscard]] bool is_expired(const backup_manifest& manifest, instant now);

/// One sentence for each thing that no manifest of ours says. `directory` is the id that the directory is named after.
[[nodiscard]] std::vector<std::string> check_manifest(const backup_manifest& manifest, const uuid& directory);

/// One sentence for each file that is missing or is not as it was written; `found` are those that are there.
[[nodiscard]] std::vector<std::string> compare_files(const backup_manifest& manifest,
                                                     std::span<const backup_file> found);

/// One sentence for each table with another number of rows than the backup has.
[[nodiscard]] std::vector<std::string> compare_rows(const backup_manifest& manifest,
                                                    const std::map<std::string, std::int64_t>& found);

/// One sentence for each master key that the backup needs and nobody configured. `configured` are names.
[[nodiscard]] std::vector<std::string> missing_master_keys(const backup_manifest& manifest,
                                                           std::span<const std::string> configured);

/// One sentence for each table whose rows are where they must not be, or are missing, by what `pg_restore --list` says
/// of both dumps.
[[nodiscard]] std::vector<std::string> check_contents(std::string_view data_list, std::string_view keys_list);

// ---------------------------------------------------------------- what has to go

/// The numbers are those of easel.backup.
enum class backup_state { running = 0, complete = 1, failed = 2 };

[[nodiscard]] std::string_view to_string(backup_state state);

/// As the service's register has it.
struct registered_backup {
  uuid id{};
  uuid place{}; ///< the directory that it is in
  instant created_at;
  instant expires_at;
  backup_state state = backup_state::running;
  std::int64_t bytes = 0;
  std::optional<instant> removed_at; ///< its files are gone
};

/// As a directory has it.
struct seen_backup {
  uuid id{};
  bool is_partial = false;     ///< being written, or left behind
  std::optional<instant> ends; ///< by its manifest; nothing when it has none that can be read
};

/// Backups whose files have to go from a directory: what has expired, registered or not, and what was begun longer than
/// `limit` ago and never completed. Of a registered one that is not seen the register has to learn that it is gone.
[[nodiscard]] std::vector<uuid> due_backups(std::span<const registered_backup> of_this_place,
                                            std::span<const seen_backup> seen, instant now, duration limit);

// ---------------------------------------------------------------- what the programs say

/// The first complaint of pg_dump or pg_restore, without anything in quotes that is not the name of a relation: what
/// they print next may hold values of rows.
[[nodiscard]] std::string first_complaint(std::string_view printed);

} // namespace easel::policies
