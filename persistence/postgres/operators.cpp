#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"

namespace easel::persistence::postgres {

namespace {

/// The audit row of what an operator did, in the transaction that does it.
void note(soci::session& sql, const std::string& actor, const std::string& action, account_id about,
          const std::string& reason) {
  const auto account = text_of(about);
  sql << "insert into easel.operator_audit (at, actor, action, account_id, reason)"
         " values (easel.now(), :actor, :action, :account::uuid, :reason)",
    soci::use(actor, "actor"), soci::use(action, "action"), soci::use(account, "account"), soci::use(reason, "reason");
}

/// Runs `update`, which changes one account that is not closed, and notes it. False when there is none.
answer<bool> change_account(scope& s, const char* operation, const std::string& update, account_id id,
                            const std::string& actor, const std::string& reason) {
  if (any_nul(actor, reason))
    return refused(operation, "22021");
  return in_transaction(s.to, operation, [&](soci::session& sql) {
    const auto account = text_of(id);
    soci::statement change =
      (sql.prepare << update + " where id = :account::uuid and state <> 2", soci::use(account, "account"));
    change.execute(true);
    if (change.get_affected_rows() != 1)
      return false;
    note(sql, actor, operation, id, reason);
    return true;
  });
}

} // namespace

answer<account_id> create_account(scope& s, tier of, const std::string& actor, const std::string& reason) {
  if (any_nul(actor, reason))
    return refused("create_account", "22021");
  return in_transaction(s.to, "create_account", [&](soci::session& sql) {
    const auto id = insert_account(sql, *s.keys, of).id;
    note(sql, actor, "create_account", id, reason);
    return id;
  });
}

answer<bool> set_tier(scope& s, account_id id, tier to, const std::string& actor, const std::string& reason) {
  return change_account(s, "set_tier", "update easel.account set tier = " + std::to_string(static_cast<int>(to)), id,
                        actor, reason);
}

answer<bool> lift_suspension(scope& s, account_id id, const std::string& actor, const std::string& reason) {
  return change_account(s, "lift_suspension", std::string("update easel.account set ") + lifted, id, actor, reason);
}

answer<bool> gift(scope& s, account_id id, credits amount, std::optional<instant> expires_at, const std::string& actor,
                  const std::string& reason) {
  if (any_nul(actor, reason))
    return refused("gift", "22021");
  if (amount <= credits{})
    return refused("gift", "23514");
  return in_transaction(s.to, "gift", [&](soci::session& sql) {
    const auto account = text_of(id);
    const long long value = amount.value();
    const long long end = expires_at ? expires_at->time_since_epoch().count() : 0;
    soci::indicator has_end = expires_at ? soci::i_ok : soci::i_null;
    int done = 0;
    sql << "select easel.issue(a.id, 1::smallint, null, :amount,"
           " 'epoch'::timestamptz + :end::bigint * interval '1 us', easel.now())::int"
           " from (select id from easel.account where id = :account::uuid and state <> 2 for no key update) a",
      soci::use(value, "amount"), soci::use(end, has_end, "end"), soci::use(account, "account"), soci::into(done);
    if (!sql.got_data() || done == 0)
      return false;
    note(sql, actor, "gift", id, reason);
    return true;
  });
}

answer<key_row> create_key(scope& s, account_id id, const std::string& name, const digest& key_hash,
                           const std::string& hint, const std::string& actor, std::optional<credits> monthly_cap) {
  if (any_nul(name, hint, actor))
    return refused("create_key", "22021");
  auto made = in_transaction(s.to, "create_key", [&](soci::session& sql) -> std::optional<key_row> {
    const auto minted = text_of(mint<key_id>(now_of(sql)));
    const auto account = text_of(id);
    const auto hash = hex_of(key_hash);
    const long long cap = monthly_cap ? monthly_cap->value() : 0;
    soci::indicator has_cap = monthly_cap ? soci::i_ok : soci::i_null;
    soci::row row;
    sql << std::string("insert into easel.api_key as k (id, account_id, hash, name, hint, created_at, monthly_cap)"
                       " select :id::uuid, a.id, decode(:hash, 'hex'), :name, :hint, easel.now(), :cap::bigint"
                       " from easel.account a where a.id = :account::uuid and a.state <> 2 returning")
             + key_columns,
      soci::use(minted, "id"), soci::use(hash, "hash"), soci::use(name, "name"), soci::use(hint, "hint"),
      soci::use(cap, has_cap, "cap"), soci::use(account, "account"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    note(sql, actor, "create_key", id, "");
    return read_key(columns(row));
  });
  if (!made)
    return unexpected(made.error());
  if (!*made)
    return refused("create_key", "23503");
  return **std::move(made);
}

answer<std::vector<key_row>> list_keys(scope& s, account_id id) {
  return guarded(s.to, "list_keys", [&](soci::session& sql) {
    const auto account = text_of(id);
    std::vector<key_row> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select") + key_columns
                        + "from easel.api_key k where k.account_id = :account::uuid order by k.id",
       soci::use(account, "account"));
    for (const auto& row : rows)
      found.push_back(read_key(columns(row)));
    return found;
  });
}

answer<bool> revoke_key(scope& s, account_id id, key_id key, const std::string& actor) {
  if (any_nul(actor))
    return refused("revoke_key", "22021");
  return in_transaction(s.to, "revoke_key", [&](soci::session& sql) {
    const auto account = text_of(id);
    const auto which = text_of(key);
    soci::statement revoke = (sql.prepare << "update easel.api_key set revoked_at = easel.now() where id = :key::uuid"
                                             " and account_id = :account::uuid and revoked_at is null",
                              soci::use(which, "key"), soci::use(account, "account"));
    revoke.execute(true);
    if (revoke.get_affected_rows() != 1)
      return false;
    note(sql, actor, "revoke_key", id, "");
    return true;
  });
}

answer<int> ensure_partitions(scope& s, int days_ahead) {
  return guarded(s.to, "ensure_partitions", [&](soci::session& sql) {
    int made = 0;
    sql << "select easel.ensure_partitions(:days)", soci::use(days_ahead, "days"), soci::into(made);
    return made;
  });
}

answer<invariants> check_invariants(scope& s) {
  return guarded(s.to, "check_invariants", [&](soci::session& sql) {
    soci::row row;
    sql << "select * from easel.check_invariants()", soci::into(row);
    columns from(row);
    invariants found;
    found.completed_without_images = from.number();
    found.dispatched_without_verdict = from.number();
    found.cross_tier_disclosures = from.number();
    found.calls_without_disclosure = from.number();
    found.images_settled_twice = from.number();
    found.balances_off = from.number();
    found.holds_without_work = from.number();
    found.overdrawn_grants = from.number();
    return found;
  });
}

} // namespace easel::persistence::postgres
