#include "persistence/postgres/sessions.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

namespace {

constexpr std::size_t most_touched = 1000;

const char* const session_columns =
  " s.id::text, s.account_id::text, s.device, easel.micros(s.created_at), easel.micros(s.authenticated_at),"
  " easel.micros(s.last_seen_at), easel.micros(s.expires_at) ";

session_row read_session(columns& from) {
  session_row row;
  row.id = from.id<session_id>();
  row.account = from.id<account_id>();
  row.device = from.text();
  row.created_at = from.time();
  row.authenticated_at = from.time();
  row.last_seen_at = from.time();
  row.expires_at = from.time();
  return row;
}

/// Microseconds of the two ends of a session: from its beginning, and since it was last seen.
struct ends {
  long long absolute = 0;
  long long idle = 0;
};

ends ends_of(const store_settings& settings) {
  return {settings.retention.session.count(), settings.identity.session_idle.count()};
}

const char* const next_end = "least(s.created_at + :absolute::bigint * interval '1 us',"
                             " easel.now() + :idle::bigint * interval '1 us')";

std::optional<session_row> rotate(soci::session& sql, const store_settings& settings, const std::string& account,
                                  const std::string& token, const std::string& new_token, const std::string& device) {
  const auto until = ends_of(settings);
  soci::row row;
  sql << std::string("update easel.session s set token_hash = decode(:new_token, 'hex'), device = :device,"
                     " authenticated_at = easel.now(), last_seen_at = easel.now(), expires_at = ")
           + next_end
           + " where s.token_hash = decode(:token, 'hex') and s.account_id = :account::uuid"
             " and s.expires_at > easel.now() returning"
           + session_columns,
    soci::use(new_token, "new_token"), soci::use(device, "device"), soci::use(until.absolute, "absolute"),
    soci::use(until.idle, "idle"), soci::use(token, "token"), soci::use(account, "account"), soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  return read_session(from);
}

session_row insert_session(soci::session& sql, const store_settings& settings, const std::string& account,
                           const std::string& new_token, const std::string& device) {
  const auto id = text_of(mint<session_id>(now_of(sql)));
  const auto until = ends_of(settings);
  soci::row row;
  sql << std::string("insert into easel.session as s (id, token_hash, account_id, device, created_at,"
                     " authenticated_at, last_seen_at, expires_at)"
                     " values (:id::uuid, decode(:token, 'hex'), :account::uuid, :device, easel.now(), easel.now(),"
                     " easel.now(), easel.now() + least(:absolute::bigint, :idle::bigint) * interval '1 us')"
                     " returning")
           + session_columns,
    soci::use(id, "id"), soci::use(new_token, "token"), soci::use(account, "account"), soci::use(device, "device"),
    soci::use(until.absolute, "absolute"), soci::use(until.idle, "idle"), soci::into(row);
  const int others = settings.identity.sessions - 1;
  sql << "delete from easel.session where id in (select id from easel.session where account_id = :account::uuid"
         " and id <> :id::uuid order by created_at desc, id desc offset :others)",
    soci::use(account, "account"), soci::use(id, "id"), soci::use(others, "others");
  columns from(row);
  return read_session(from);
}

} // namespace

session_row put_session(soci::session& sql, const store_settings& settings, account_id account, const digest& token,
                        const digest& new_token, const std::string& device) {
  const auto owner = text_of(account);
  const auto old_text = hex_of(token);
  const auto new_text = hex_of(new_token);
  if (auto rotated = rotate(sql, settings, owner, old_text, new_text, device))
    return *std::move(rotated);
  sql << "delete from easel.session where token_hash = decode(:token, 'hex')", soci::use(old_text, "token");
  return insert_session(sql, settings, owner, new_text, device);
}

answer<std::optional<live_session>> find_session(scope& s, const digest& token) {
  return guarded(s.to, "find_session", [&](soci::session& sql) -> std::optional<live_session> {
    const auto hash = hex_of(token);
    soci::row row;
    sql << std::string("select") + session_columns + "," + account_columns
             + "from easel.session s join easel.account a on a.id = s.account_id"
               " where s.token_hash = decode(:token, 'hex') and s.expires_at > easel.now() and a.state <> 2",
      soci::use(hash, "token"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    live_session found;
    found.session = read_session(from);
    found.account = read_account(from);
    return found;
  });
}

answer<int> touch_sessions(scope& s, const std::vector<session_id>& seen) {
  const std::vector<session_id> first(seen.begin(),
                                      seen.begin() + static_cast<std::ptrdiff_t>(std::min(seen.size(), most_touched)));
  return guarded(s.to, "touch_sessions", [&](soci::session& sql) {
    const auto ids = array_of(first);
    const auto until = ends_of(s.settings);
    soci::statement touched =
      (sql.prepare << std::string("update easel.session s set last_seen_at = easel.now(), expires_at = ") + next_end
                        + " from (select id from easel.session where id = any (:ids::uuid[])"
                          " and last_seen_at <= easel.now() - interval '1 minute' and expires_at > easel.now()"
                          " for no key update skip locked) due where s.id = due.id",
       soci::use(until.absolute, "absolute"), soci::use(until.idle, "idle"), soci::use(ids, "ids"));
    touched.execute(true);
    return static_cast<int>(touched.get_affected_rows());
  });
}

answer<std::vector<session_row>> list_sessions(scope& s, account_id of) {
  return guarded(s.to, "list_sessions", [&](soci::session& sql) {
    const auto account = text_of(of);
    std::vector<session_row> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select") + session_columns
                        + "from easel.session s join easel.account a on a.id = s.account_id"
                          " where s.account_id = :account::uuid and s.expires_at > easel.now() and a.state <> 2"
                          " order by s.created_at desc, s.id desc",
       soci::use(account, "account"));
    for (const auto& row : rows) {
      columns from(row);
      found.push_back(read_session(from));
    }
    return found;
  });
}

answer<bool> end_session(scope& s, account_id of, session_id which) {
  return guarded(s.to, "end_session", [&](soci::session& sql) {
    const auto account = text_of(of);
    const auto id = text_of(which);
    soci::statement ended = (sql.prepare << "delete from easel.session where id = :id::uuid"
                                            " and account_id = :account::uuid and expires_at > easel.now()",
                             soci::use(id, "id"), soci::use(account, "account"));
    ended.execute(true);
    return ended.get_affected_rows() == 1;
  });
}

answer<int> end_sessions(scope& s, account_id of, std::optional<session_id> but) {
  return guarded(s.to, "end_sessions", [&](soci::session& sql) {
    const auto account = text_of(of);
    const auto kept = text_of(but.value_or(session_id{})); // no session has the nil id
    soci::statement ended = (sql.prepare << "delete from easel.session where account_id = :account::uuid"
                                            " and id <> :kept::uuid and expires_at > easel.now()",
                             soci::use(account, "account"), soci::use(kept, "kept"));
    ended.execute(true);
    return static_cast<int>(ended.get_affected_rows());
  });
}

answer<key_outcome> create_own_key(scope& s, const new_key& key) {
  if (any_nul(key.name, key.hint))
    return refused("create_own_key", "22021");
  auto made = in_transaction(s.to, "create_own_key", [&](soci::session& sql) -> std::optional<key_outcome> {
    const auto account = text_of(key.account);
    int there = 0;
    sql << "select 1 from easel.account where id = :account::uuid and state <> 2 for no key update",
      soci::use(account, "account"), soci::into(there);
    if (!sql.got_data())
      return key_outcome{key_made::account_gone, std::nullopt};
    int live = 0; // a statement of its own, to see what whoever held the row before us has made
    sql << "select count(*)::int from easel.api_key where account_id = :account::uuid and revoked_at is null"
           " and (expires_at is null or expires_at > easel.now())",
      soci::use(account, "account"), soci::into(live);
    if (live >= s.settings.identity.keys)
      return key_outcome{key_made::too_many, std::nullopt};
    const auto now = now_of(sql);
    if (key.expires_at && *key.expires_at <= now)
      return std::nullopt;
    const auto id = text_of(mint<key_id>(now));
    const auto hash = hex_of(key.hash);
    const long long end = key.expires_at ? key.expires_at->time_since_epoch().count() : 0;
    soci::indicator has_end = key.expires_at ? soci::i_ok : soci::i_null;
    const long long cap = key.monthly_cap ? key.monthly_cap->value() : 0;
    soci::indicator has_cap = key.monthly_cap ? soci::i_ok : soci::i_null;
    soci::row row;
    sql << std::string("insert into easel.api_key as k (id, account_id, hash, name, hint, created_at, expires_at,"
                       " monthly_cap)"
                       " values (:id::uuid, :account::uuid, decode(:hash, 'hex'), :name, :hint, easel.now(),"
                       " 'epoch'::timestamptz + :end::bigint * interval '1 us', :cap::bigint) returning")
             + key_columns,
      soci::use(id, "id"), soci::use(account, "account"), soci::use(hash, "hash"), soci::use(key.name, "name"),
      soci::use(key.hint, "hint"), soci::use(end, has_end, "end"), soci::use(cap, has_cap, "cap"), soci::into(row);
    return key_outcome{key_made::made, read_key(columns(row))};
  });
  if (!made)
    return unexpected(made.error());
  if (!*made)
    return refused("create_own_key", "23514"); // an end that has passed
  return **std::move(made);
}

answer<bool> revoke_own_key(scope& s, account_id of, key_id which) {
  return guarded(s.to, "revoke_own_key", [&](soci::session& sql) {
    const auto account = text_of(of);
    const auto key = text_of(which);
    soci::statement revoke = (sql.prepare << "update easel.api_key set revoked_at = easel.now() where id = :key::uuid"
                                             " and account_id = :account::uuid and revoked_at is null",
                              soci::use(key, "key"), soci::use(account, "account"));
    revoke.execute(true);
    return revoke.get_affected_rows() == 1;
  });
}

} // namespace easel::persistence::postgres
