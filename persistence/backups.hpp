#pragma once

#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/backup.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the database has to do with backups: the register of those that exist (RIGHT-3), the moment that one is of, and
/// the database that one is restored into. Each has a connection of its own, used by one thread; all of it blocks.
namespace easel::persistence {

/// Which backups there are. A row lives until its files are gone and its time has come.
class backup_register {
public:
  virtual ~backup_register() = default;

  virtual answer<instant> now() = 0; ///< the database's clock
  /// Before its first byte is written. Audited.
  virtual answer<bool> add(const policies::registered_backup& backup, const std::string& actor) = 0;
  virtual answer<bool> conclude(const uuid& id, policies::backup_state state, std::int64_t bytes) = 0;
  virtual answer<bool> note_removed(const uuid& id) = 0;
  /// Oldest first.
  virtual answer<std::vector<policies::registered_backup>> list() = 0;
};

/// Opened when first used, and again when it was lost. `clock_shift` in development and tests only.
[[nodiscard]] std::unique_ptr<backup_register> make_backup_register(const store_settings& settings,
                                                                    duration clock_shift = {});

/// How a program of PostgreSQL's reaches a database: nothing secret is among its arguments.
struct program_access {
  std::string database;                                         ///< a connection string for --dbname, without secrets
  std::vector<std::pair<std::string, std::string>> environment; ///< PGHOST, PGPASSWORD and so on
};
/// The error is a sentence without the url.
[[nodiscard]] expected<program_access, std::string> access_for_programs(const std::string& url);

// ---------------------------------------------------------------- making one

/// One moment of the database, held as long as this object lives. It holds the locks of a reader on
/// what is kept by days, so that none of them is dropped meanwhile; nobody else waits for it.
class database_snapshot {
public:
  virtual ~database_snapshot() = default;
  [[nodiscard]] virtual const std::string& name() const = 0; ///< for pg_dump --snapshot
  [[nodiscard]] virtual int schema_version() const = 0;
  [[nodiscard]] virtual const std::string& server_version() const = 0;
  /// Names of the master keys that wrap what is dumped, and of the one in force.
  [[nodiscard]] virtual const std::vector<std::string>& master_keys() const = 0;
  /// Rows of each table that is dumped, at that moment.
  [[nodiscard]] virtual answer<std::map<std::string, std::int64_t>> count_rows() = 0;
};
[[nodiscard]] answer<std::unique_ptr<database_snapshot>> take_snapshot(const std::string& url, duration limit);

// ---------------------------------------------------------------- restoring one

/// A database in which there is nothing but, at most, what an interrupted restore of the same backup left. From `begin`
/// to `finish` it bears a mark, with which no server starts on it.
class restore_target {
public:
  virtual ~restore_target() = default;
  virtual answer<instant> now() = 0; ///< of its clock; it may have no schema yet
  /// False: there is something in it already.
  virtual answer<bool> begin(const uuid& backup) = 0;
  virtual answer<std::map<std::string, std::int64_t>> count_rows() = 0;
  /// Registers the backups that a directory has, leaves an audit row, and takes the mark away.
  virtual answer<bool> finish(const uuid& backup, const std::vector<policies::registered_backup>& found,
                              const std::string& actor) = 0;
};
[[nodiscard]] std::unique_ptr<restore_target> make_restore_target(const store_settings& settings, duration limit,
                                                                  duration clock_shift = {});

/// Refuses a database that bears the mark. The error is a sentence for the operator.
[[nodiscard]] expected<bool, std::string> check_restored(const std::string& url);

} // namespace easel::persistence
