#include "persistence/backups.hpp"
#include "persistence/postgres/backup_tables.hpp"
#include "persistence/postgres/connection.hpp"

#include <sstream>

namespace easel::persistence {

namespace {

using postgres::bare_connection;
using postgres::first_value;

struct free_options {
  void operator()(PQconninfoOption* o) const { PQconninfoFree(o); }
};

class held_snapshot final : public database_snapshot {
public:
  explicit held_snapshot(bare_connection to) : to_(std::move(to)) {
    first_value(to_.get(), "begin isolation level repeatable read, read only", "begin_snapshot");
    // A day that is dropped between the dump and the count would be missing from the count alone.
    first_value(to_.get(), "lock table easel.generation, easel.image, easel.disclosure in access share mode",
                "lock_days");
    name_ = first_value(to_.get(), "select pg_export_snapshot()", "export_snapshot");
    schema_ = std::stoi(
      first_value(to_.get(), "select coalesce(max(version), 0) from easel.schema_migration", "read_schema_version"));
    server_ = first_value(to_.get(), "select split_part(current_setting('server_version'), ' ', 1)", "read_version");
    std::istringstream names(
      first_value(to_.get(),
                  "select coalesce(string_agg(distinct left(encode(k, 'hex'), 16), ' '), '') from (select wrapped_by"
                  " from easel.account_key union select value from easel.setting where name = 'key_check') used (k)",
                  "read_master_keys"));
    for (std::string name; names >> name;)
      master_keys_.push_back(name);
  }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] int schema_version() const override { return schema_; }
  [[nodiscard]] const std::string& server_version() const override { return server_; }

  [[nodiscard]] const std::vector<std::string>& master_keys() const override { return master_keys_; }

  [[nodiscard]] answer<std::map<std::string, std::int64_t>> count_rows() override {
    try {
      return postgres::count_backed_up_rows(to_.get());
    } catch (const store_error& e) {
      return unexpected(e);
    }
  }

private:
  bare_connection to_;
  std::string name_;
  int schema_ = 0;
  std::string server_;
  std::vector<std::string> master_keys_;
};

} // namespace

namespace postgres {

std::string first_value(PGconn* to, const std::string& sql, const char* operation) {
  const result r(PQexec(to, sql.c_str()));
  if (!r.is_ok())
    throw error_of(operation, r.sqlstate());
  return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

std::map<std::string, std::int64_t> count_backed_up_rows(PGconn* to) {
  std::map<std::string, std::int64_t> counts;
  first_value(to, "set enable_seqscan = on", "count_rows"); // whole tables are read
  const auto& plan = policies::plan_backup();
  for (const auto* tables : {&plan.kept, &plan.apart})
    for (const auto name : *tables) {
      const std::string table(name);
      counts[table] = std::stoll(first_value(to, "select count(*) from easel." + table, "count_rows"));
    }
  return counts;
}

} // namespace postgres

answer<std::unique_ptr<database_snapshot>> take_snapshot(const std::string& url, duration limit) {
  const auto text = postgres::connection_text({url, std::chrono::seconds(5), limit, std::chrono::seconds(5)});
  if (!text)
    return unexpected(postgres::error_of("connect", "08001"));
  bare_connection to(PQconnectdb(text->c_str()));
  if (PQstatus(to.get()) != CONNECTION_OK)
    return unexpected(postgres::error_of("connect", "08001"));
  try {
    return std::make_unique<held_snapshot>(std::move(to));
  } catch (const store_error& e) {
    return unexpected(e);
  }
}

expected<program_access, std::string> access_for_programs(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, free_options> parsed(PQconninfoParse(url.c_str(), nullptr));
  if (!parsed)
    return unexpected(std::string("the database url is not a connection string that PostgreSQL understands"));
  program_access out;
  for (const auto* o = parsed.get(); o->keyword != nullptr; ++o) {
    if (o->val == nullptr)
      continue;
    const std::string_view keyword = o->keyword;
    const bool is_secret = std::string_view(o->dispchar) == "*";
    if (keyword == "application_name" || keyword == "fallback_application_name")
      continue;
    if (keyword == "dbname" || (o->envvar == nullptr && !is_secret))
      postgres::append_pair(out.database, keyword, o->val);
    else if (o->envvar != nullptr)
      out.environment.emplace_back(o->envvar, o->val);
    else
      return unexpected("the database url holds a secret (" + std::string(keyword)
                        + ") that PostgreSQL's programs take from files only");
  }
  if (out.database.empty())
    postgres::append_pair(out.database, "connect_timeout",
                          "5"); // an argument is needed for pg_restore to connect at all
  return out;
}

} // namespace easel::persistence
