#pragma once

#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>
#include <vector>

/// What must be true of the database before the service trusts it. Each function opens a connection of its own and
/// blocks, at most for a few seconds.
namespace easel::persistence {

struct database_facts {
  int server_version = 0; ///< as PostgreSQL counts: 150004
  std::string database;
  std::string user;
  bool is_durable = true; ///< fsync, full_page_writes and synchronous_commit are on
};

/// Version, rights, durability, what the server's log would keep of our values (RET-1, TECH-1), and that the session
/// is ours alone. Every problem is a sentence that says what to change; none holds a value of ours.
[[nodiscard]] expected<database_facts, std::vector<std::string>> check_database(const std::string& url);

/// The keys with which this database can be used; on its first use it remembers which master key that was. Needs the
/// schema. With other master keys nothing stored could be opened: the error is a sentence for the operator, without a
/// key.
[[nodiscard]] expected<keyring, std::string> open_keyring(const std::string& url, const master_keys& from);

/// What keeps destroyed keys from leaving the disk (RIGHT-3), as sentences that say what to change. Needs the schema;
/// empty when the database cannot be reached.
[[nodiscard]] std::vector<std::string> obstacles_to_wiping(const std::string& url);

struct schema_column {
  std::string table;
  std::string column;

  friend auto operator<=>(const schema_column&, const schema_column&) = default;
};

/// Every column of every table of the schema, partitions left out, in order: what the data inventory is checked
/// against. Empty when the database cannot be reached.
[[nodiscard]] std::vector<schema_column> schema_columns(const std::string& url);

} // namespace easel::persistence
