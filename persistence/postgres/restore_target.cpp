#include "persistence/backups.hpp"
#include "persistence/postgres/backup_tables.hpp"
#include "persistence/postgres/connection.hpp"

namespace easel::persistence {

namespace {

using policies::registered_backup;
using postgres::bare_connection;
using postgres::first_value;

/// What makes a database somebody's: relations, functions and types in a schema that is none of PostgreSQL's, and large
/// objects. What an extension brought is nobody's data, and an empty schema holds none. "%s": the schema that may hold
/// what an earlier attempt left. Indexes, toast and arrays go with what they are of.
constexpr const char* holds_nothing_of_others =
  "select not exists (select from pg_largeobject_metadata) and not exists (select from"
  " (select relnamespace, 'pg_class'::regclass, oid from pg_class where relkind in ('r', 'p', 'v', 'm', 'S', 'f')"
  " union all select pronamespace, 'pg_proc'::regclass, oid from pg_proc"
  " union all select typnamespace, 'pg_type'::regclass, oid from pg_type t where typcategory <> 'A' and"
  "  (typtype in ('b', 'd', 'e', 'r') or exists (select from pg_class c where c.oid = t.typrelid and c.relkind = "
  "'c'))) o (namespace, kind, id)"
  " join pg_namespace n on n.oid = o.namespace"
  " where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'easel_restore', '%s')"
  " and not exists (select from pg_depend d where d.classid = o.kind and d.objid = o.id and d.deptype = 'e'))";

std::string is_free_but_for(const std::string& schema) {
  std::string sql = holds_nothing_of_others;
  return sql.replace(sql.find("%s"), 2, schema);
}

class postgres_restore_target final : public restore_target {
public:
  postgres_restore_target(postgres::connection_settings settings, duration clock_shift)
      : settings_(std::move(settings)), clock_shift_(clock_shift) {}

  answer<instant> now() override {
    return with_session([&]() -> instant {
      const auto micros = value("select (extract(epoch from clock_timestamp()) * 1000000)::bigint", "read_clock");
      return instant(duration(std::stoll(micros))) + clock_shift_;
    });
  }

  answer<bool> begin(const uuid& backup) override {
    return with_session([&]() -> bool {
      const auto id = to_string(backup);
      const bool is_marked = is_true("select to_regclass('easel_restore.mark') is not null");
      const bool is_ours =
        is_marked && is_true("select exists (select from easel_restore.mark where backup = '" + id + "')");
      if (!is_true(is_free_but_for(is_ours ? "easel" : "easel_restore")))
        return false;
      if (is_marked && !is_ours)
        return false;
      do_all({"begin", "drop schema if exists easel cascade", "create schema if not exists easel_restore",
              "create table if not exists easel_restore.mark (backup uuid primary key)",
              "insert into easel_restore.mark values ('" + id + "') on conflict do nothing", "commit"},
             "mark_restore");
      return true;
    });
  }

  answer<std::map<std::string, std::int64_t>> count_rows() override {
    return with_session([&] { return postgres::count_backed_up_rows(to_.get()); });
  }

  answer<bool> finish(const uuid& backup, const std::vector<registered_backup>& found,
                      const std::string& actor) override {
    return with_session([&]() -> bool {
      do_all({"begin", "set local easel.clock_shift = '" + std::to_string(clock_shift_.count()) + " microseconds'"},
             "finish_restore");
      for (const auto& each : found)
        add(each);
      audit(actor, to_string(backup));
      do_all({"drop schema easel_restore cascade", "commit"}, "finish_restore");
      return true;
    });
  }

private:
  template <class Work>
  auto with_session(Work work) -> answer<decltype(work())> {
    try {
      connect();
      return work();
    } catch (const store_error& e) {
      to_.reset(); // with whatever transaction was open
      return unexpected(e);
    }
  }

  void connect() {
    if (to_ && PQstatus(to_.get()) == CONNECTION_OK)
      return;
    const auto text = postgres::connection_text(settings_);
    if (text)
      to_.reset(PQconnectdb(text->c_str()));
    if (!text || PQstatus(to_.get()) != CONNECTION_OK)
      throw postgres::error_of("connect", "08001");
  }

  std::string value(const std::string& sql, const char* operation) { return first_value(to_.get(), sql, operation); }
  bool is_true(const std::string& sql) { return value(sql, "look_at_target") == "t"; }
  void do_all(const std::vector<std::string>& statements, const char* operation) {
    for (const auto& sql : statements)
      value(sql, operation);
  }

  void add(const registered_backup& b) {
    const auto micros = [](instant at) {
      return "'epoch'::timestamptz + " + std::to_string(at.time_since_epoch().count()) + " * interval '1 us'";
    };
    value("insert into easel.backup (id, place, created_at, expires_at, state, bytes) values ('" + to_string(b.id)
            + "', '" + to_string(b.place) + "', " + micros(b.created_at) + ", " + micros(b.expires_at) + ", 1, "
            + std::to_string(b.bytes) + ") on conflict (id) do nothing",
          "register_backup");
  }

  void audit(const std::string& actor, const std::string& backup) {
    const std::array<const char*, 2> values{actor.c_str(), backup.c_str()};
    const postgres::result r(PQexecParams(to_.get(),
                                          "insert into easel.operator_audit (at, actor, action, reason)"
                                          " values (easel.now(), $1, 'restore_backup', $2)",
                                          2, nullptr, values.data(), nullptr, nullptr, 0));
    if (!r.is_ok())
      throw postgres::error_of("finish_restore", r.sqlstate());
  }

  postgres::connection_settings settings_;
  duration clock_shift_;
  bare_connection to_;
};

} // namespace

std::unique_ptr<restore_target> make_restore_target(const store_settings& settings, duration limit,
                                                    duration clock_shift) {
  return std::make_unique<postgres_restore_target>(
    postgres::connection_settings{settings.database_url, settings.connect_timeout, limit, settings.lock_timeout},
    clock_shift);
}

expected<bool, std::string> check_restored(const std::string& url) {
  const auto text = postgres::connection_text({url});
  const bare_connection to(text ? PQconnectdb(text->c_str()) : nullptr);
  if (!text || PQstatus(to.get()) != CONNECTION_OK)
    return unexpected(std::string("the database cannot be reached: is it running, and is database.url right?"));
  try {
    if (first_value(to.get(), "select to_regclass('easel_restore.mark') is null", "look_for_mark") == "t")
      return true;
  } catch (const store_error&) {
    return unexpected(std::string("the database stopped answering while it was checked: try again"));
  }
  return unexpected(std::string("a backup was being restored into this database, and that was not finished: give "
                                "easelctl backup restore the same backup and database again"));
}

} // namespace easel::persistence
