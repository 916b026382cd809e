#include "persistence/postgres/panels.hpp"

#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/singletons.hpp"

#include <nlohmann/json.hpp>

namespace easel::persistence::postgres {

namespace {

/// Whoever looks must not make others wait: what takes longer than this is not shown.
constexpr const char* longest_reading_ms = "3000";
constexpr std::string_view query_canceled = "57014";

/// One snapshot of whole tables, that writes nothing: `work(soci::session&)`.
template <class Work>
auto read_bounded(connection& to, std::string_view operation, Work work) {
  return in_transaction(to, operation, [&](soci::session& sql) {
    read_whole_tables(sql);
    sql << std::string("set local statement_timeout = ") + longest_reading_ms;
    return work(sql);
  });
}

instant clock_of(soci::session& sql) {
  long long now = 0;
  sql << "select easel.micros(easel.now())", soci::into(now);
  return instant(duration(now));
}

// ---------------------------------------------------------------- ages

/// Number of the group that a moment belongs to, in the order of `age_names`.
std::string age_group_of(const std::string& at) {
  return "(case when " + at + " > easel.now() - interval '1 minute' then 0 when " + at
         + " > easel.now() - interval '10 minutes' then 1 when " + at
         + " > easel.now() - interval '1 hour' then 2 when " + at
         + " > easel.now() - interval '1 day' then 3 else 4 end)";
}

std::vector<age_group> no_ages() {
  return {{"under a minute", 0, 0},
          {"under 10 minutes", 0, 0},
          {"under an hour", 0, 0},
          {"under a day", 0, 0},
          {"a day or more", 0, 0}};
}

// ---------------------------------------------------------------- the ledger

ledger_flow::sum sum_of(columns& from) {
  ledger_flow::sum sum;
  sum.entries = from.number();
  sum.amount = from.number();
  return sum;
}

ledger_books read_books(soci::session& sql) {
  ledger_books books;
  each_row(sql,
           "select from_book::int, to_book::int, count(*), sum(amount)::bigint,"
           " count(*) filter (where at >= today), coalesce(sum(amount) filter (where at >= today), 0)::bigint,"
           " count(*) filter (where at >= month), coalesce(sum(amount) filter (where at >= month), 0)::bigint"
           " from easel.credit_transfer, (select date_trunc('day', easel.now(), 'UTC') as today,"
           " easel.now() - interval '30 days' as month) since group by 1, 2 order by 1, 2",
           [&](columns from) {
             ledger_flow flow;
             flow.from = static_cast<book>(from.number());
             flow.to = static_cast<book>(from.number());
             flow.ever = sum_of(from);
             flow.today = sum_of(from);
             flow.month = sum_of(from);
             books.flows.push_back(flow);
           });
  each_row(sql,
           "select (select coalesce(sum(remaining), 0)::bigint from easel.credit_grant),"
           " (select coalesce(sum(held), 0)::bigint from easel.account)",
           [&](columns from) {
             books.remaining = from.number();
             books.held = from.number();
           });
  return books;
}

ledger_state read_holds(soci::session& sql) {
  ledger_state state;
  state.at = clock_of(sql);
  state.holds = no_ages();
  each_row(sql,
           "select " + age_group_of("created_at")
             + ", count(*), coalesce(sum((select sum(part) from unnest(hold_left) part)), 0)::bigint,"
               " easel.micros(min(created_at)) from easel.generation_in_work group by 1 order by 1",
           [&](columns from) {
             auto& group = state.holds.at(static_cast<std::size_t>(from.number()));
             group.count = from.number();
             group.amount = from.number();
             state.oldest_hold = from.maybe_time(); // the last group is the oldest
           });
  return state;
}

// ---------------------------------------------------------------- billing

void read_inbox(soci::session& sql, billing_state& into) {
  inbox_group waiting{"waiting", 0, {}, no_ages()}, parked{"parked", 0, {}, no_ages()};
  each_row(sql,
           "select (state = 3)::int, " + age_group_of("received_at")
             + ", count(*), easel.micros(min(received_at)) from easel.billing_inbox where due_at is not null"
               " group by 1, 2 order by 1, 2",
           [&](columns from) {
             auto& group = from.flag() ? parked : waiting;
             auto& age = group.ages.at(static_cast<std::size_t>(from.number()));
             age.count = from.number();
             group.count += age.count;
             group.oldest = from.maybe_time();
           });
  inbox_group applied{"applied", 0, {}, {}}, ignored{"ignored", 0, {}, {}};
  each_row(sql,
           "select state::int, count(*) from easel.billing_inbox where ended_at > easel.now() - interval '1 day'"
           " group by 1",
           [&](columns from) {
             auto& group = from.number() == 1 ? applied : ignored;
             group.count += from.number();
           });
  into.inbox = {std::move(waiting), std::move(parked), std::move(applied), std::move(ignored)};
}

void read_parked(soci::session& sql, billing_state& into) {
  each_row(sql,
           "select reason, count(*), easel.micros(min(received_at)) from easel.billing_inbox"
           " where due_at is not null and state = 3 group by 1 order by 2 desc, 1",
           [&](columns from) {
             parked_group group;
             group.reason = from.text();
             group.count = from.number();
             group.oldest = from.maybe_time();
             into.parked.push_back(std::move(group));
           });
}

void read_differences(soci::session& sql, billing_state& into) {
  each_row(sql,
           "select event_id, type, object, object_id, amount, currency, reason, easel.micros(received_at),"
           " easel.micros(due_at), attempts from easel.billing_inbox where due_at is not null and state = 3"
           " order by received_at, number limit "
             + std::to_string(most_differences),
           [&](columns from) {
             difference_line line;
             line.event = from.text();
             line.type = from.text();
             line.object = from.text();
             line.object_id = from.text();
             line.amount = from.maybe_number();
             line.currency = from.text();
             line.reason = from.text();
             line.since = from.time();
             line.next_try = from.maybe_time();
             line.attempts = static_cast<int>(from.number());
             into.differences.push_back(std::move(line));
           });
}

void read_sweeps(soci::session& sql, billing_state& into) {
  each_row(sql, "select name, easel.micros(ran_at), took_us, looked_at, found from easel.billing_sweep order by name",
           [&](columns from) {
             sweep_line line;
             line.name = from.text();
             line.ran_at = from.time();
             if (const auto took = from.maybe_number())
               line.took = duration(*took);
             line.looked_at = from.number();
             line.found = from.number();
             into.sweeps.push_back(std::move(line));
           });
}

// ---------------------------------------------------------------- retention

std::map<std::string, std::int64_t> counts_of(const std::string& text) {
  std::map<std::string, std::int64_t> out;
  const auto counts = nlohmann::json::parse(text, nullptr, false);
  if (counts.is_object())
    for (const auto& [table, count] : counts.items())
      if (count.is_number_integer())
        out[table] = count.get<std::int64_t>();
  return out;
}

void read_clock(soci::session& sql, retention_state& into) {
  each_row(sql,
           "select easel.micros(at), easel.micros(halted_at), coalesce(halted_why, 0)::int from easel.retention_clock",
           [&](columns from) {
             policies::clock_mark mark;
             mark.database = from.time();
             into.clock.last = mark;
             into.clock.halted_at = from.maybe_time();
             into.clock.why = static_cast<policies::clock_fault>(from.number());
           });
}

void read_rounds(soci::session& sql, retention_state& into) {
  each_row(sql,
           "select easel.micros(cut), easel.micros(ended_at), took_us, deleted, partitions, by_table::text"
           " from easel.retention_run order by id desc limit 1",
           [&](columns from) {
             retention_run run;
             run.cut = from.time();
             run.ended_at = from.time();
             run.took = duration(from.number());
             run.rows = from.number();
             run.partitions = static_cast<std::int32_t>(from.number());
             run.by_table = counts_of(from.text());
             into.last = std::move(run);
           });
  each_row(sql,
           "with lately as (select deleted, partitions, by_table from easel.retention_run"
           " where cut > easel.now() - interval '1 day')"
           " select count(*), coalesce(sum(deleted), 0)::bigint, coalesce(sum(partitions), 0)::bigint,"
           " (select coalesce(jsonb_object_agg(t.name, t.rows), '{}')::text from"
           " (select e.key as name, sum(e.value::bigint)::bigint as rows from lately l, jsonb_each_text(l.by_table) e"
           " group by 1) t) from lately",
           [&](columns from) {
             into.rounds = from.number();
             into.rows = from.number();
             into.partitions = from.number();
             into.by_table = counts_of(from.text());
           });
}

// ---------------------------------------------------------------- the cluster

std::int64_t lock_of(singleton which) {
  switch (which) {
  case singleton::reaper:
    return reaper_lock;
  case singleton::auditor:
    return auditor_lock;
  case singleton::billing_clerk:
    return clerk_lock;
  case singleton::billing_reconciler:
    return reconciler_lock;
  }
  return 0;
}

void read_nodes(soci::session& sql, cluster_state& into) {
  each_row(sql,
           "select n.id::text, n.process, n.version, easel.micros(n.joined_at), easel.micros(n.heartbeat_at),"
           " easel.micros(n.left_at), easel.micros(n.taken_over_at), coalesce(w.owned, 0) from easel.node n"
           " left join (select owner_node, count(*) as owned from easel.generation_in_work group by 1) w"
           " on w.owner_node = n.id order by n.joined_at desc, n.id desc limit "
             + std::to_string(most_nodes_listed),
           [&](columns from) {
             node_line line;
             line.id = from.id<node_id>();
             line.process = from.text();
             line.version = from.text();
             line.joined_at = from.time();
             line.heartbeat_at = from.time();
             line.left_at = from.maybe_time();
             line.taken_over_at = from.maybe_time();
             line.in_work = from.number();
             into.nodes.push_back(std::move(line));
           });
}

/// Who holds the locks: a connection's name is its process's (persistence/process.hpp).
void read_singletons(soci::session& sql, cluster_state& into) {
  for (const auto what : all_singletons) {
    singleton_line line;
    line.what = what;
    each_row(sql,
             "select coalesce(a.application_name, ''), easel.micros(a.backend_start) from pg_locks l"
             " join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.granted and l.objsubid = 1"
             " and l.database = (select oid from pg_database where datname = current_database())"
             " and ((l.classid::bigint << 32) | l.objid::bigint) = "
               + std::to_string(lock_of(what)) + " limit 1",
             [&](columns from) {
               line.process = from.text();
               line.since = from.maybe_time();
             });
    into.singletons.push_back(std::move(line));
  }
}

} // namespace

answer<ledger_state> read_ledger(connection& to) {
  auto books = read_bounded(to, "read_books", read_books);
  if (!books && books.error().sqlstate != query_canceled)
    return unexpected(books.error());
  auto state = read_bounded(to, "read_holds", read_holds);
  if (state && books)
    state->books = std::move(*books);
  return state;
}

answer<billing_state> read_billing(connection& to) {
  return read_bounded(to, "read_billing", [](soci::session& sql) {
    billing_state state;
    state.at = clock_of(sql);
    read_inbox(sql, state);
    read_parked(sql, state);
    read_sweeps(sql, state);
    read_differences(sql, state);
    each_row(sql, "select count(*), easel.micros(min(asked_at)) from easel.billing_outbox", [&](columns from) {
      state.endings = from.number();
      state.oldest_ending = from.maybe_time();
    });
    return state;
  });
}

answer<retention_state> read_retention(connection& to) {
  return read_bounded(to, "read_retention", [](soci::session& sql) {
    retention_state state;
    state.at = clock_of(sql);
    read_clock(sql, state);
    read_rounds(sql, state);
    return state;
  });
}

answer<cluster_state> read_cluster(connection& to) {
  return read_bounded(to, "read_cluster", [](soci::session& sql) {
    cluster_state state;
    state.at = clock_of(sql);
    read_nodes(sql, state);
    read_singletons(sql, state);
    return state;
  });
}

} // namespace easel::persistence::postgres
