#include "persistence/key_rotation.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>

namespace easel::persistence {

namespace {

using postgres::columns;
using postgres::guarded;
using postgres::hex_of;
using postgres::in_transaction;
using postgres::text_of;

constexpr const char* begun = "rotate_master_key";
constexpr const char* ended = "master_key_rotated";

/// Of a node. Nobody takes one for alive that was silent for longer (node.dead_after).
constexpr const char* is_alive = "left_at is null and taken_over_at is null"
                                 " and heartbeat_at > easel.now() - interval '10 minutes'";

std::string name_of(const std::string& check_in_hex) { return check_in_hex.substr(0, 16); }

void note(soci::session& sql, const std::string& actor, const std::string& action, const std::string& reason) {
  sql << "insert into easel.operator_audit (at, actor, action, reason) values (easel.now(), :actor, :action, :reason)",
    soci::use(actor, "actor"), soci::use(action, "action"), soci::use(reason, "reason");
}

void put_setting(soci::session& sql, const std::string& name, const std::string& value) {
  const auto hex = hex_of(value);
  sql << "insert into easel.setting (name, value) values (:name, decode(:hex, 'hex'))"
         " on conflict (name) do update set value = excluded.value",
    soci::use(name, "name"), soci::use(hex, "hex");
}

class postgres_rotation final : public key_rotation {
public:
  postgres_rotation(postgres::connection to, std::shared_ptr<const keyring> keys)
      : to_(std::move(to)), keys_(std::move(keys)), own_(hex_of(keys_->key_check())) {}

  answer<policies::master_key_state> state() override {
    return guarded(to_, "read_master_keys", [](soci::session& sql) {
      policies::master_key_state found;
      std::string check;
      int outlived = 0;
      sql << "select encode(value, 'hex'), exists (select from easel.setting where name = 'lasting_keys')::int"
             " from easel.setting where name = 'key_check'",
        soci::into(check), soci::into(outlived);
      found.in_force = name_of(check);
      found.is_outlived = outlived != 0;
      const soci::rowset<soci::row> wrapped =
        (sql.prepare << "select encode(coalesce(k.wrapped_by, s.value), 'hex'), count(*)::bigint"
                        " from easel.account_key k, easel.setting s where s.name = 'key_check' group by 1");
      for (const auto& row : wrapped) {
        columns from(row);
        const auto name = name_of(from.text());
        found.wrapped[name] += from.number();
      }
      const soci::rowset<soci::row> nodes =
        (sql.prepare << std::string("select id::text, master_keys from easel.node where ") + is_alive
                          + " order by joined_at");
      for (const auto& row : nodes) {
        columns from(row);
        auto id = from.text();
        found.nodes.push_back({std::move(id), from.text()});
      }
      return found;
    });
  }

  /// Who makes an account, or joins as a node, holds the setting's row until that is there: no account is missed by
  /// what comes after, and no node without the new key works on.
  answer<bool> begin(const std::string& actor) override {
    if (any_nul(actor))
      return postgres::refused("begin_rotation", "22021");
    return in_transaction(to_, "begin_rotation", [&](soci::session& sql) {
      std::string before;
      sql << "select encode(value, 'hex') from easel.setting where name = 'key_check' for update", soci::into(before);
      if (before == own_ || any_node_without_it(sql))
        return false;
      const auto check = keys_->key_check();
      put_setting(sql, "lasting_keys", keys_->seal_lasting_keys());
      put_setting(sql, "key_check", std::string(reinterpret_cast<const char*>(check.data()), check.size()));
      note(sql, actor, begun, "from " + name_of(before) + " to " + name_of(own_));
      return true;
    });
  }

  answer<rewrapped_batch> rewrap(account_id after, int limit) override {
    return in_transaction(to_, "rewrap_content_keys", [&](soci::session& sql) {
      const auto since = text_of(after);
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select account_id::text, encode(wrapped, 'hex') from easel.account_key"
                        " where wrapped_by is distinct from decode(:own, 'hex') and account_id > :after::uuid"
                        " order by account_id limit :most for update",
         soci::use(own_, "own"), soci::use(since, "after"), soci::use(limit, "most"));
      rewrapped_batch done;
      done.last = after;
      std::string ids, wrapped;
      int seen = 0;
      for (const auto& row : rows) {
        ++seen;
        columns from(row);
        done.last = from.id<account_id>();
        auto key = keys_->unwrap(from.bytes(), done.last);
        if (!key) {
          ++done.unopened;
          continue;
        }
        const char* const comma = done.rewrapped++ == 0 ? "" : ",";
        ids.append(comma).append(text_of(done.last));
        wrapped.append(comma).append(hex_of(keys_->wrap(*key, done.last)));
        OPENSSL_cleanse(key->bytes.data(), key->bytes.size());
      }
      done.any_left = seen == limit;
      if (done.rewrapped > 0)
        write(sql, '{' + ids + '}', '{' + wrapped + '}');
      return done;
    });
  }

  answer<bool> conclude(const std::string& actor) override {
    if (any_nul(actor))
      return postgres::refused("conclude_rotation", "22021");
    return guarded(to_, "conclude_rotation", [&](soci::session& sql) {
      const auto ending = "%to " + name_of(own_);
      const std::string from = begun, to = ended;
      soci::statement insertion =
        (sql.prepare << "insert into easel.operator_audit (at, actor, action, reason)"
                        " select easel.now(), :actor, :ended, b.reason from easel.operator_audit b"
                        " where b.action = :begun and b.reason like :ending and not exists (select from"
                        " easel.operator_audit e where e.action = :over and e.id > b.id)"
                        " and not exists (select from easel.account_key"
                        " where wrapped_by is distinct from decode(:own, 'hex')) order by b.id desc limit 1",
         soci::use(actor, "actor"), soci::use(to, "ended"), soci::use(from, "begun"), soci::use(ending, "ending"),
         soci::use(to, "over"), soci::use(own_, "own"));
      insertion.execute(true);
      return insertion.get_affected_rows() == 1;
    });
  }

private:
  bool any_node_without_it(soci::session& sql) const {
    int any = 0;
    const auto name = name_of(own_);
    sql << std::string("select exists (select from easel.node where ") + is_alive
             + " and :name <> all (string_to_array(master_keys, ' ')))::int",
      soci::use(name, "name"), soci::into(any);
    return any != 0;
  }

  void write(soci::session& sql, const std::string& ids, const std::string& wrapped) {
    sql << "update easel.account_key k set wrapped = decode(w.wrapped, 'hex'), wrapped_by = decode(:own, 'hex')"
           " from unnest(:ids::uuid[], :wrapped::text[]) w (account_id, wrapped) where k.account_id = w.account_id",
      soci::use(own_, "own"), soci::use(ids, "ids"), soci::use(wrapped, "wrapped");
  }

  postgres::connection to_;
  std::shared_ptr<const keyring> keys_;
  std::string own_; ///< key check, in hex
};

} // namespace

std::unique_ptr<key_rotation> make_key_rotation(const store_settings& settings, std::shared_ptr<const keyring> keys,
                                                duration clock_shift) {
  const auto shift = std::make_shared<const std::atomic<std::int64_t>>(clock_shift.count());
  return std::make_unique<postgres_rotation>(
    postgres::connection(
      {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout}, shift),
    std::move(keys));
}

} // namespace easel::persistence
