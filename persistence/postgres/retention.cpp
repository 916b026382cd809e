#include "persistence/postgres_retention.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/key_wiping.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/singletons.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace easel::persistence {

namespace {

using policies::reaping_rule;
using postgres::columns;
using postgres::guarded;
using postgres::in_transaction;

/// A reaper that fell silent, its machine with it, is not waited for: the server ends its session and so gives up the
/// lock.
constexpr const char* silence_limit_ms = "180000";

/// What is due in a table that is not partitioned by day, beside `:cut`.
struct due_rows {
  std::string_view table;
  const char* condition;
};
constexpr std::array small_tables{
  due_rows{"provider_call", "expires_at <= d.cut"},
  due_rows{"idempotency_claim", "expires_at <= d.cut"},
  due_rows{"awaiting_answer", "created_at <= d.cut"},
  due_rows{"sign_in", "expires_at <= d.cut"},
  due_rows{"session", "expires_at <= d.cut"},
  due_rows{"erased_subject", "expires_at <= d.cut"},
  due_rows{"privacy_request", "expires_at <= d.cut"}, // none while it is open
  due_rows{"operator_session", "expires_at <= d.cut"},
  due_rows{"backup", "expires_at <= d.cut and removed_at is not null"},
  due_rows{"node", "coalesce(left_at, taken_over_at) <= d.cut and not exists"
                   " (select from easel.generation_in_work w where w.owner_node = t.id)"},
  due_rows{"retention_run", "t.cut <= d.cut"},
  due_rows{"self_report", "t.at <= d.cut"},
};

std::string deletion_from(const due_rows& what) {
  const auto table = "easel." + std::string(what.table);
  return "delete from " + table + " where ctid = any (array(select t.ctid from " + table
         + " t, (select 'epoch'::timestamptz + :cut * interval '1 us' as cut) d where " + what.condition
         + " limit :most for update of t skip locked))";
}

/// The name goes into a command that takes no parameters.
bool is_day_name(const policies::planned_step& step) {
  const auto tables = policies::daily_tables();
  const auto& name = step.name;
  return std::find(tables.begin(), tables.end(), step.table) != tables.end() && name.size() == step.table.size() + 9
         && name.starts_with(step.table + '_')
         && std::all_of(name.end() - 8, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

policies::day_partition read_partition(columns from) {
  policies::day_partition p;
  p.name = from.text();
  p.table = from.text();
  p.of = day(std::chrono::days(from.number()));
  p.is = static_cast<policies::partition_state>(from.number());
  p.has_live_rows = from.flag();
  p.is_awaited = from.flag();
  return p;
}

clock_record read_clock(columns from) {
  clock_record found;
  policies::clock_mark mark{from.time(), std::nullopt};
  policies::host_uptime host;
  const bool watched = !from.is_null();
  host.boot = parse_uuid(from.text()).value_or(uuid{});
  host.up = duration(from.number());
  if (watched)
    mark.host = host;
  found.last = mark;
  found.halted_at = from.maybe_time();
  found.why = static_cast<policies::clock_fault>(from.number());
  return found;
}

retention_run read_run(columns from) {
  retention_run run;
  run.cut = from.time();
  run.ended_at = from.time();
  run.took = duration(from.number());
  run.rows = from.number();
  run.partitions = static_cast<std::int32_t>(from.number());
  const auto counts = nlohmann::json::parse(from.text(), nullptr, false);
  if (counts.is_object())
    for (const auto& [table, count] : counts.items())
      if (count.is_number_integer())
        run.by_table[table] = count.get<std::int64_t>();
  return run;
}

class postgres_retention final : public retention {
public:
  postgres_retention(postgres::connection_settings settings, std::shared_ptr<const std::atomic<std::int64_t>> shift)
      : settings_(std::move(settings)), shift_(std::move(shift)), to_(settings_, shift_) {}

  answer<bool> lead() override {
    return guarded(to_, "lead_retention", [&](soci::session& sql) {
      const auto key = std::to_string(postgres::reaper_lock);
      int leads = 0;
      sql << "select (case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
             " and granted and objsubid = 1 and ((classid::bigint << 32) | objid::bigint) = "
               + key + ") then true else pg_try_advisory_lock(" + key + ") end)::int"
               + " from set_config('idle_session_timeout', '" + silence_limit_ms + "', false)",
        soci::into(leads);
      return leads != 0;
    });
  }

  answer<instant> now() override {
    return guarded(to_, "read_clock", [](soci::session& sql) { return postgres::now_of(sql); });
  }

  answer<clock_record> find_clock() override {
    return guarded(to_, "find_clock", [](soci::session& sql) {
      soci::row row;
      sql << "select easel.micros(at), boot::text, up_us, easel.micros(halted_at), coalesce(halted_why, 0)::int"
             " from easel.retention_clock",
        soci::into(row);
      return sql.got_data() ? read_clock(columns(row)) : clock_record{};
    });
  }

  answer<bool> keep_clock(const policies::clock_mark& mark) override {
    return guarded(to_, "keep_clock", [&](soci::session& sql) {
      const long long at = mark.database.time_since_epoch().count();
      const auto host = mark.host.value_or(policies::host_uptime{});
      const auto boot = to_string(host.boot);
      const long long up = host.up.count();
      soci::indicator there = mark.host ? soci::i_ok : soci::i_null;
      sql << "insert into easel.retention_clock as c (at, boot, up_us) values ('epoch'::timestamptz"
             " + :at::bigint * interval '1 us', :boot::uuid, :up::bigint) on conflict (id) do update"
             " set at = excluded.at, boot = excluded.boot, up_us = excluded.up_us where c.halted_at is null",
        soci::use(at, "at"), soci::use(boot, there, "boot"), soci::use(up, there, "up");
      return true;
    });
  }

  answer<bool> halt(policies::clock_fault why) override {
    return guarded(to_, "halt_retention", [&](soci::session& sql) {
      const int fault = static_cast<int>(why);
      sql << "insert into easel.retention_clock as c (at, halted_at, halted_why)"
             " values (easel.now(), easel.now(), :why::smallint) on conflict (id) do update"
             " set halted_at = excluded.halted_at, halted_why = excluded.halted_why where c.halted_at is null",
        soci::use(fault, "why");
      return true;
    });
  }

  answer<bool> confirm_clock(std::string actor, std::string reason) override {
    if (any_nul(actor, reason))
      return postgres::refused("confirm_clock", "22021");
    return in_transaction(to_, "confirm_clock", [&](soci::session& sql) {
      soci::statement confirm =
        (sql.prepare << "update easel.retention_clock set at = easel.now(), boot = null, up_us = null,"
                        " halted_at = null, halted_why = null where halted_at is not null");
      confirm.execute(true);
      if (confirm.get_affected_rows() != 1)
        return false;
      sql << "insert into easel.operator_audit (at, actor, action, reason)"
             " values (easel.now(), :actor, 'confirm_clock', :reason)",
        soci::use(actor, "actor"), soci::use(reason, "reason");
      return true;
    });
  }

  answer<int> reap(const reaping_rule& rule, instant cut, int limit) override {
    if (rule.way == policies::reaping_way::by_itself)
      return 0;
    if (rule.way == policies::reaping_way::by_day)
      return reap_days(std::string(rule.table), cut, limit);
    if (rule.way == policies::reaping_way::by_folding)
      return fold_usage(cut - rule.window, limit);
    const auto* what = std::find_if(small_tables.begin(), small_tables.end(),
                                    [&](const due_rows& each) { return each.table == rule.table; });
    if (what == small_tables.end())
      return postgres::refused("reap", "42P01");
    return guarded(to_, "reap", [&](soci::session& sql) {
      const long long at = (cut - rule.window).time_since_epoch().count();
      soci::statement deletion = (sql.prepare << deletion_from(*what), soci::use(at, "cut"), soci::use(limit, "most"));
      deletion.execute(true);
      return static_cast<int>(deletion.get_affected_rows());
    });
  }

  answer<std::vector<policies::day_partition>> partitions() override {
    return guarded(to_, "list_partitions", [](soci::session& sql) {
      std::vector<policies::day_partition> found;
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select name, parent, (day - date '1970-01-01')::int, state::int, has_live::int,"
                        " is_awaited::int from easel.day_partitions()");
      for (const auto& row : rows)
        found.push_back(read_partition(columns(row)));
      return found;
    });
  }

  answer<bool> take(const policies::planned_step& step) override {
    if (!is_day_name(step))
      return postgres::refused("take_step", "42602");
    return guarded(to_, "take_step", [&](soci::session& sql) {
      using enum policies::partition_step;
      int done = 1;
      if (step.what == drop)
        sql << "select easel.drop_day(:name)::int", soci::use(step.name, "name"), soci::into(done);
      else
        sql << "alter table easel." + step.table + " detach partition easel." + step.name
                 + (step.what == detach ? " concurrently" : " finalize");
      return done != 0;
    });
  }

  answer<policies::key_remains> find_key_remains() override { return postgres::find_key_remains(to_); }

  /// On a connection of its own: these statements have another limit.
  answer<bool> wipe_keys(policies::wipe_step step, duration limit) override {
    auto settings = settings_;
    settings.statement_timeout = limit;
    postgres::connection wiping(std::move(settings), shift_);
    return postgres::wipe_keys(wiping, step);
  }

  answer<std::optional<policies::key_wipe>> last_key_wipe() override { return postgres::last_key_wipe(to_); }

  answer<bool> record(const retention_run& run) override {
    return guarded(to_, "record_run", [&](soci::session& sql) {
      const long long cut = run.cut.time_since_epoch().count(), took = run.took.count(), rows = run.rows;
      const auto counts = nlohmann::json(run.by_table).dump();
      sql << "insert into easel.retention_run (cut, ended_at, took_us, deleted, partitions, by_table)"
             " values ('epoch'::timestamptz + :cut * interval '1 us', easel.now(), :took, :rows, :partitions,"
             " :counts::jsonb)",
        soci::use(cut, "cut"), soci::use(took, "took"), soci::use(rows, "rows"),
        soci::use(run.partitions, "partitions"), soci::use(counts, "counts");
      return true;
    });
  }

  answer<std::optional<retention_run>> last_run() override {
    return guarded(to_, "last_run", [](soci::session& sql) -> std::optional<retention_run> {
      soci::row row;
      sql << "select easel.micros(cut), easel.micros(ended_at), took_us, deleted, partitions, by_table::text"
             " from easel.retention_run order by id desc limit 1",
        soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      return read_run(columns(row));
    });
  }

private:
  answer<int> reap_days(const std::string& table, instant cut, int limit) {
    return guarded(to_, "reap_days", [&](soci::session& sql) {
      const long long at = cut.time_since_epoch().count();
      int done = 0;
      sql << "select easel.reap_days(:table, 'epoch'::timestamptz + :cut * interval '1 us', :most)",
        soci::use(table, "table"), soci::use(at, "cut"), soci::use(limit, "most"), soci::into(done);
      return done;
    });
  }

  answer<int> fold_usage(instant cut, int limit) {
    return guarded(to_, "fold_usage", [&](soci::session& sql) {
      const long long at = cut.time_since_epoch().count();
      int done = 0;
      sql << "select easel.fold_usage('epoch'::timestamptz + :cut * interval '1 us', :most)", soci::use(at, "cut"),
        soci::use(limit, "most"), soci::into(done);
      return done;
    });
  }

  postgres::connection_settings settings_;
  std::shared_ptr<const std::atomic<std::int64_t>> shift_;
  postgres::connection to_;
};

} // namespace

std::unique_ptr<retention> make_postgres_retention(store_settings settings, duration lock_wait,
                                                   std::shared_ptr<postgres_commons> commons) {
  return std::make_unique<postgres_retention>(postgres::connection_settings{settings.database_url,
                                                                            settings.connect_timeout,
                                                                            settings.statement_timeout, lock_wait},
                                              commons ? commons->clock_shift() : nullptr);
}

} // namespace easel::persistence
