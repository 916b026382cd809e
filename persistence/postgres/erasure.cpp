#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/rights.hpp"
#include "persistence/postgres/rows.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// An end of everything (RIGHT-3, CHILD-1). What one step does is in persistence/migrations/V010__rights.sql.
namespace easel::persistence::postgres {

namespace {

erasure_receipt read_receipt(columns from) {
  erasure_receipt found;
  found.id = from.id<erasure_id>();
  found.clause = from.text();
  found.begun_at = from.time();
  found.finished_at = from.time();
  const auto counts = nlohmann::json::parse(from.text());
  for (const auto& [table, rows] : counts.items())
    found.counts[table] = rows.get<std::int64_t>();
  found.number = from.number();
  found.previous = from.hash();
  found.hash = from.hash();
  return found;
}

erasure_receipt find_receipt(soci::session& sql, const std::string& id) {
  soci::row row;
  sql << "select id::text, clause, easel.micros(begun_at), easel.micros(finished_at), counts::text, number,"
         " encode(previous, 'hex'), encode(hash, 'hex') from easel.erasure where id = :id::uuid",
    soci::use(id, "id"), soci::into(row);
  return read_receipt(columns(row));
}

/// For how long the subject of an erasure that was asked for then is remembered from `now` on. A clock that was ahead
/// when it was asked for makes that no longer.
duration remembered(const policies::retention_windows& windows, erasure_clause clause, instant asked_at, instant now) {
  if (clause != erasure_clause::right_3)
    return duration::zero();
  return std::clamp(asked_at + windows.erased_subject - now, duration::zero(), windows.erased_subject);
}

std::optional<erasure_id> begin(soci::session& sql, erasure_id which, account_id who, erasure_clause clause,
                                duration remember, const std::optional<operator_note>& note) {
  const auto id = text_of(which);
  const auto account = text_of(who);
  const std::string under(to_string(clause));
  const long long memory = remember.count();
  const auto actor = note ? note->actor : std::string();
  const auto reason = note ? note->reason : std::string();
  soci::indicator is_noted = note ? soci::i_ok : soci::i_null;
  soci::row row;
  sql << "select easel.begin_erasure(:id::uuid, :account::uuid, :clause, :remember, :actor, :reason)::text",
    soci::use(id, "id"), soci::use(account, "account"), soci::use(under, "clause"), soci::use(memory, "remember"),
    soci::use(actor, is_noted, "actor"), soci::use(reason, is_noted, "reason"), soci::into(row);
  columns from(row);
  return from.is_null() ? std::nullopt : std::optional(from.id<erasure_id>());
}

} // namespace

answer<std::optional<erasure_preview>> preview_erasure(rights_scope& s, account_id who) {
  return guarded(s.at.to, "preview_erasure", [&](soci::session& sql) -> std::optional<erasure_preview> {
    const auto account = text_of(who);
    soci::row row;
    sql << "select easel.available(a.id, easel.now()), p.generations, p.images, p.api_keys, p.sessions"
           " from easel.account a, lateral easel.erasure_preview(a.id) p where a.id = :account::uuid and a.state <> 2",
      soci::use(account, "account"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    erasure_preview found;
    found.available = from.amount();
    found.generations = from.number();
    found.images = from.number();
    found.api_keys = from.number();
    found.sessions = from.number();
    return found;
  });
}

answer<std::optional<erasure_id>> begin_erasure(rights_scope& s, account_id who, erasure_clause clause,
                                                const std::optional<operator_note>& note) {
  constexpr auto operation = "begin_erasure";
  if (note && any_nul(note->actor, note->reason))
    return refused(operation, "22021");
  return in_transaction(s.at.to, operation, [&](soci::session& sql) -> std::optional<erasure_id> {
    const auto now = now_of(sql);
    return begin(sql, mint<erasure_id>(now), who, clause, remembered(s.at.settings.retention, clause, now, now), note);
  });
}

answer<std::optional<erasure_begun>> begin_erasure_anew(rights_scope& s, const erasure_entry& entry) {
  return in_transaction(s.at.to, "begin_erasure_anew", [&](soci::session& sql) -> std::optional<erasure_begun> {
    const auto now = now_of(sql);
    const auto minted = mint<erasure_id>(now);
    const auto id = begin(sql, minted, entry.account, entry.clause,
                          remembered(s.at.settings.retention, entry.clause, entry.asked_at, now), std::nullopt);
    return id ? std::optional(erasure_begun{*id, *id == minted}) : std::nullopt;
  });
}

answer<bool> note_wish(rights_scope& s, account_id who, const operator_note& note) {
  constexpr auto operation = "note_wish";
  if (any_nul(note.actor, note.reason))
    return refused(operation, "22021");
  return guarded(s.at.to, operation, [&](soci::session& sql) {
    const auto account = text_of(who);
    sql << "insert into easel.operator_audit (at, actor, action, account_id, reason)"
           " values (easel.now(), :actor, 'ask_erasure', :account::uuid, :reason)",
      soci::use(note.actor, "actor"), soci::use(account, "account"), soci::use(note.reason, "reason");
    return true;
  });
}

answer<std::vector<generation_id>> find_generations(rights_scope& s, const std::vector<generation_id>& which) {
  return guarded(s.at.to, "find_generations", [&](soci::session& sql) {
    const auto ids = array_of(which);
    std::vector<generation_id> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select g.id::text from unnest(:ids::uuid[]) w (id) join easel.generation g"
                      " on g.id = w.id and g.day = easel.day_of(w.id)"
                      " where g.expires_at > easel.now() and not g.content_deleted union all"
                      " select g.id::text from easel.generation_in_work g" // by their indexes: not through the view
                      " where g.id = any (:ids::uuid[]) and g.expires_at > easel.now() and not g.cancel_requested",
       soci::use(ids, "ids"));
    for (const auto& row : rows)
      found.push_back(columns(row).id<generation_id>());
    return found;
  });
}

answer<int> delete_anew(rights_scope& s, const std::vector<generation_id>& which) {
  return in_transaction(s.at.to, "delete_anew", [&](soci::session& sql) {
    const auto ids = array_of(which);
    int deleted = 0;
    sql << "select easel.delete_generations_anew(:ids::uuid[])", soci::use(ids, "ids"), soci::into(deleted);
    return deleted;
  });
}

answer<account_presence> look_for(rights_scope& s, const std::vector<account_id>& whom) {
  return guarded(s.at.to, "look_for", [&](soci::session& sql) {
    account_presence found;
    found.now = now_of(sql);
    int any = 0;
    sql << "select exists (select from easel.account)::int", soci::into(any);
    found.any_account = any != 0;
    const auto ids = array_of(whom);
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select a.id::text from easel.account a join unnest(:ids::uuid[]) w (id) on a.id = w.id",
       soci::use(ids, "ids"));
    for (const auto& row : rows)
      found.present.push_back(columns(row).id<account_id>());
    return found;
  });
}

answer<std::optional<erasure_receipt>> continue_erasure(rights_scope& s, erasure_id which) {
  return in_transaction(s.at.to, "continue_erasure", [&](soci::session& sql) -> std::optional<erasure_receipt> {
    const auto id = text_of(which);
    int is_finished = 0;
    soci::indicator is_there = soci::i_null;
    sql << "select easel.continue_erasure(:id::uuid, :generations, :rows)::int", soci::use(id, "id"),
      soci::use(s.settings.generations_a_step, "generations"), soci::use(s.settings.rows_a_step, "rows"),
      soci::into(is_finished, is_there);
    if (is_there != soci::i_ok || is_finished == 0)
      return std::nullopt;
    return find_receipt(sql, id);
  });
}

answer<std::vector<erasure_id>> unfinished_erasures(rights_scope& s) {
  return guarded(s.at.to, "unfinished_erasures", [&](soci::session& sql) {
    std::vector<erasure_id> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select id::text from easel.erasure where account_id is not null order by begun_at limit 100");
    for (const auto& row : rows)
      found.push_back(columns(row).id<erasure_id>());
    return found;
  });
}

} // namespace easel::persistence::postgres
