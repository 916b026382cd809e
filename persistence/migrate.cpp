#include "persistence/migrate.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/migrations.hpp"

#include <openssl/sha.h>

#include <map>
#include <vector>

namespace easel::persistence {

namespace {

using postgres::result;

/// Any number will do, as long as every version of this program uses the same.
constexpr const char* advisory_lock = "7234918364521";

struct applied {
  std::string checksum;
};

std::string checksum_of(std::string_view sql) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), hash.data());
  std::string hex;
  for (const auto byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

struct finish_connection {
  void operator()(PGconn* c) const { PQfinish(c); }
};
using raw_connection = std::unique_ptr<PGconn, finish_connection>;

/// Statements of one migration run. Each method throws migration_error, which `migrate` returns.
class runner {
public:
  explicit runner(const std::string& url) {
    // A migration may wait long for the lock of another node that migrates, and rewrite tables for minutes.
    const auto text =
      postgres::connection_text({url, std::chrono::seconds(5), std::chrono::minutes(30), std::chrono::minutes(5)});
    if (!text)
      throw migration_error{text.error(), ""};
    to_.reset(PQconnectdb(text->c_str()));
    if (PQstatus(to_.get()) != CONNECTION_OK)
      throw migration_error{"no connection to the database: is it running, and is database.url right?", "08001"};
  }

  void run(const std::string& sql, const std::string& what) {
    const result r(PQexec(to_.get(), sql.c_str()));
    if (r.is_ok())
      return;
    const auto code = r.sqlstate();
    PQclear(PQexec(to_.get(), "rollback"));
    throw migration_error{what + " failed with SQLSTATE " + code, code};
  }

  std::map<int, applied> find_applied() {
    const result r(PQexec(to_.get(), "select version, checksum from easel.schema_migration"));
    if (!r.is_ok())
      throw migration_error{"reading easel.schema_migration failed with SQLSTATE " + r.sqlstate(), r.sqlstate()};
    std::map<int, applied> found;
    for (int row = 0; row < PQntuples(r.get()); ++row)
      found[std::stoi(PQgetvalue(r.get(), row, 0))] = {PQgetvalue(r.get(), row, 1)};
    return found;
  }

  void apply(const migration& m) {
    const auto version = std::to_string(m.version);
    run("begin;\n" + std::string(m.sql)
          + "\n;insert into easel.schema_migration (version, name, checksum, applied_at)"
            " values ("
          + version + ", '" + std::string(m.name) + "', '" + checksum_of(m.sql)
          + "', transaction_timestamp());\ncommit",
        "migration " + std::string(m.name));
  }

private:
  raw_connection to_;
};

void check_history(const std::map<int, applied>& history) {
  for (const auto& [version, row] : history) {
    const auto ours = std::find_if(migrations().begin(), migrations().end(),
                                   [v = version](const migration& m) { return m.version == v; });
    if (ours == migrations().end())
      throw migration_error{"the database has migration " + std::to_string(version)
                              + ", which this program does not know: it is older than the database",
                            ""};
    if (checksum_of(ours->sql) != row.checksum)
      throw migration_error{"migration " + std::string(ours->name)
                              + " was changed after it was applied: restore the file, and put changes in a new one",
                            ""};
  }
}

int migrate_or_throw(const std::string& url) {
  runner to(url);
  to.run(std::string("select pg_advisory_lock(") + advisory_lock + ")", "waiting for another migration");
  to.run("create schema if not exists easel;"
         "create table if not exists easel.schema_migration (version integer primary key, name text not null,"
         " checksum text not null, applied_at timestamptz not null)",
         "creating the schema");
  const auto history = to.find_applied();
  check_history(history);
  int count = 0;
  for (const auto& m : migrations())
    if (!history.contains(m.version)) {
      to.apply(m);
      ++count;
    }
  to.run("select easel.ensure_partitions(3)", "creating partitions");
  to.run("select easel.admit_auditor()", "granting the counting views to easel_auditor");
  return count; // the end of the session gives up the lock
}

} // namespace

expected<int, migration_error> migrate(const std::string& url) {
  try {
    return migrate_or_throw(url);
  } catch (const migration_error& e) {
    return unexpected(e);
  }
}

} // namespace easel::persistence
