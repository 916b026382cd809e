#include "persistence/postgres/arrays.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/process.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

namespace {

void add_tasks(soci::session& sql, std::vector<resumable>& found, const std::string& ids) {
  const soci::rowset<soci::row> tasks =
    (sql.prepare << "select generation_id::text, index, credential, task, encode(callback_hash, 'hex'),"
                    " easel.micros(begun_at) from easel.provider_call where generation_id = any (:ids::uuid[])"
                    " order by generation_id, index",
     soci::use(ids, "ids"));
  for (const auto& row : tasks) {
    columns from(row);
    const auto id = from.id<generation_id>();
    const auto it = std::find_if(found.begin(), found.end(), [&](const auto& r) { return r.row.id == id; });
    task_row task;
    task.index = static_cast<std::int16_t>(from.number());
    task.credential = from.text();
    task.task = from.text();
    task.callback = from.hash();
    task.begun_at = from.time();
    if (it != found.end())
      it->tasks.push_back(std::move(task));
  }
}

/// A rotation of the master key may have begun since this process looked whether its keys fit. One that begins now
/// waits until this transaction ends, and looks who is there.
void require_key_in_force(soci::session& sql, const keyring& keys) {
  soci::row row;
  sql << "select encode(value, 'hex') from easel.setting where name = 'key_check' for share", soci::into(row);
  if (!sql.got_data())
    return; // nobody has opened the keys of this database yet
  const auto in_force = columns(row).hash();
  const auto known = keys.key_checks();
  if (std::find(known.begin(), known.end(), in_force) == known.end())
    throw soci::postgresql_soci_error("no master key", "55000");
}

std::string names_of_master_keys(const keyring& keys) {
  std::string names;
  for (const auto& check : keys.key_checks())
    names += (names.empty() ? "" : " ") + master_key_name(check);
  return names;
}

/// What is needed to go on with rows whose fence was just raised, in the transaction that raised it.
std::vector<resumable> load(scope& s, soci::session& sql, const std::vector<generation_id>& adopted) {
  std::vector<resumable> found;
  if (adopted.empty())
    return found;
  const auto ids = array_of(adopted);
  std::vector<generation_row> rows;
  {
    const soci::rowset<soci::row> loaded =
      (sql.prepare << std::string("select w.owner_node::text, w.fence, w.restarts, w.cancel_requested::int,")
                        + generation_columns
                        + "from easel.generation_in_work w"
                          " join easel.every_generation g on g.id = w.id and g.day = w.day"
                          " left join easel.account_key k on k.account_id = w.account_id"
                          " where w.id = any (:ids::uuid[]) order by w.id",
       soci::use(ids, "ids"));
    for (const auto& row : loaded) {
      columns from(row);
      resumable r;
      r.owner.node = from.id<node_id>();
      r.owner.fence = static_cast<std::int32_t>(from.number());
      r.restarts = static_cast<std::int32_t>(from.number()) - 1; // before this one
      r.cancel_requested = from.flag();
      rows.push_back(read_generation(from, *s.keys));
      found.push_back(std::move(r));
    }
  }
  add_parts(sql, rows);
  for (std::size_t i = 0; i < found.size(); ++i) {
    s.cache->remember_owner(rows[i].id, rows[i].account);
    found[i].row = std::move(rows[i]);
  }
  add_tasks(sql, found, ids);
  return found;
}

} // namespace

answer<instant> join(scope& s, node_id id) {
  return in_transaction(s.to, "join", [&](soci::session& sql) {
    require_key_in_force(sql, *s.keys);
    const auto node = text_of(id);
    const std::string version(program_version());
    const auto master_keys = names_of_master_keys(*s.keys);
    long long now = 0;
    sql
      << "insert into easel.node as n (id, joined_at, heartbeat_at, version, process, master_keys)"
         " values (:node::uuid, easel.now(), easel.now(), :version, :process, :master_keys) on conflict (id) do update"
         " set joined_at = excluded.joined_at, heartbeat_at = excluded.heartbeat_at, left_at = null,"
         " taken_over_at = null returning easel.micros(n.heartbeat_at)",
      soci::use(node, "node"), soci::use(version, "version"), soci::use(process_name(), "process"),
      soci::use(master_keys, "master_keys"), soci::into(now);
    return instant(duration(now));
  });
}

answer<std::optional<instant>> heartbeat(scope& s, node_id id) {
  return guarded(s.to, "heartbeat", [&](soci::session& sql) -> std::optional<instant> {
    const auto node = text_of(id);
    long long now = 0;
    sql << "update easel.node set heartbeat_at = easel.now()"
           " where id = :node::uuid and left_at is null and taken_over_at is null"
           " returning easel.micros(heartbeat_at)",
      soci::use(node, "node"), soci::into(now);
    return sql.got_data() ? std::optional(instant(duration(now))) : std::nullopt;
  });
}

answer<std::vector<resumable>> take_over(scope& s, node_id by, duration dead_after, int limit) {
  return in_transaction(s.to, "take_over", [&](soci::session& sql) {
    const auto node = text_of(by);
    const auto dead_us = static_cast<long long>(dead_after.count());
    std::vector<generation_id> adopted;
    {
      const soci::rowset<soci::row> ids =
        (sql.prepare << "select id::text from easel.take_over(:node::uuid, :dead, :limit)", soci::use(node, "node"),
         soci::use(dead_us, "dead"), soci::use(limit, "limit"));
      for (const auto& row : ids)
        adopted.push_back(columns(row).id<generation_id>());
    }
    return load(s, sql, adopted);
  });
}

answer<std::optional<resumable>> resume(scope& s, node_id by, generation_id id) {
  return in_transaction(s.to, "resume", [&](soci::session& sql) -> std::optional<resumable> {
    const auto node = text_of(by);
    const auto generation = text_of(id);
    std::string raised;
    sql << "select id::text from easel.resume(:node::uuid, :id::uuid)", soci::use(node, "node"),
      soci::use(generation, "id"), soci::into(raised);
    if (!sql.got_data())
      return std::nullopt;
    auto found = load(s, sql, {id});
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  });
}

answer<std::vector<generation_id>> cancel_requests(scope& s, node_id of) {
  return guarded(s.to, "cancel_requests", [&](soci::session& sql) {
    const auto node = text_of(of);
    std::vector<generation_id> found;
    const soci::rowset<soci::row> ids =
      (sql.prepare << "select id::text from easel.generation_in_work"
                      " where owner_node = :node::uuid and cancel_requested order by id",
       soci::use(node, "node"));
    for (const auto& row : ids)
      found.push_back(columns(row).id<generation_id>());
    return found;
  });
}

answer<std::optional<call_place>> keep_hint(scope& s, const digest& callback, const std::string& task,
                                            const std::vector<std::string>& senders) {
  return guarded(s.to, "keep_hint", [&](soci::session& sql) -> std::optional<call_place> {
    const auto hash = hex_of(callback);
    array_text array;
    for (const auto& label : senders)
      array.add(label);
    const auto labels = std::move(array).close();
    std::string id;
    int index = 0;
    sql << "with place as ("
           " select generation_id, index from easel.provider_call"
           "  where callback_hash = decode(:hash, 'hex') and credential = any (:labels::text[])"
           "  and expires_at > easel.now()),"
           " kept as ("
           " update easel.provider_call c set hinted_task = :task from place p"
           "  where c.generation_id = p.generation_id and c.index = p.index and c.task is null)"
           " select generation_id::text, index from place",
      soci::use(hash, "hash"), soci::use(labels, "labels"), soci::use(task, "task"), soci::into(id), soci::into(index);
    const auto parsed = sql.got_data() ? parse_uuid(id) : std::nullopt;
    return parsed ? std::optional<call_place>({generation_id{*parsed}, static_cast<std::int16_t>(index)})
                  : std::nullopt;
  });
}

answer<std::vector<task_hint>> task_hints(scope& s, node_id of) {
  return guarded(s.to, "task_hints", [&](soci::session& sql) {
    const auto node = text_of(of);
    std::vector<task_hint> found;
    const soci::rowset<soci::row> hints =
      (sql.prepare << "select c.generation_id::text, c.index, c.hinted_task"
                      " from easel.provider_call c join easel.generation_in_work w on w.id = c.generation_id"
                      " where w.owner_node = :node::uuid and c.hinted_task is not null and c.task is null"
                      " order by c.generation_id, c.index",
       soci::use(node, "node"));
    for (const auto& row : hints) {
      columns from(row);
      task_hint hint;
      hint.generation = from.id<generation_id>();
      hint.index = static_cast<std::int16_t>(from.number());
      hint.task = from.text();
      found.push_back(std::move(hint));
    }
    return found;
  });
}

answer<std::vector<generation_id>> in_work(scope& s, node_id of) {
  return guarded(s.to, "in_work", [&](soci::session& sql) {
    const auto node = text_of(of);
    std::vector<generation_id> found;
    const soci::rowset<soci::row> ids = (sql.prepare << "select id::text from easel.generation_in_work"
                                                        " where owner_node = :node::uuid order by id",
                                         soci::use(node, "node"));
    for (const auto& row : ids)
      found.push_back(columns(row).id<generation_id>());
    return found;
  });
}

answer<bool> leave(scope& s, node_id id) {
  return guarded(s.to, "leave", [&](soci::session& sql) {
    const auto node = text_of(id);
    soci::statement update = (sql.prepare << "update easel.node set left_at = easel.now()"
                                             " where id = :node::uuid and left_at is null and taken_over_at is null",
                              soci::use(node, "node"));
    update.execute(true);
    return update.get_affected_rows() == 1;
  });
}

} // namespace easel::persistence::postgres
