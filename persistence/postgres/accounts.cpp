#include "persistence/postgres/accounts.hpp"

#include "persistence/postgres/rows.hpp"

namespace easel::persistence::postgres {

instant now_of(soci::session& sql) {
  long long now = 0;
  sql << "select easel.micros(easel.now())", soci::into(now);
  return instant(duration(now));
}

namespace {

/// By the master key in force, which stays so until this transaction ends: a rotation that begins meanwhile waits, and
/// finds the row.
std::string wrapped_by_the_key_in_force(soci::session& sql, const keyring& keys, const made_account& made, digest& by) {
  soci::row row;
  sql << "select encode(value, 'hex') from easel.setting where name = 'key_check' for share", soci::into(row);
  by = sql.got_data() ? columns(row).hash() : keys.key_check();
  auto wrapped = keys.wrap(made.key, made.id, by);
  if (!wrapped) // a rotation began without this server having been given the new key
    throw soci::postgresql_soci_error("no master key", "55000");
  return *std::move(wrapped);
}

} // namespace

made_account insert_account(soci::session& sql, const keyring& keys, tier of) {
  const made_account made{mint<account_id>(now_of(sql)), keys.new_content_key()};
  const auto account = text_of(made.id);
  const int tier_number = static_cast<int>(of);
  sql << "insert into easel.account (id, tier, strikes_since, created_at)"
         " values (:account::uuid, :tier, easel.now(), easel.now())",
    soci::use(account, "account"), soci::use(tier_number, "tier");
  digest check{};
  const auto wrapped = hex_of(wrapped_by_the_key_in_force(sql, keys, made, check));
  const auto by = hex_of(check);
  sql << "insert into easel.account_key (account_id, wrapped, wrapped_by)"
         " values (:account::uuid, decode(:wrapped, 'hex'), decode(:by, 'hex'))",
    soci::use(account, "account"), soci::use(wrapped, "wrapped"), soci::use(by, "by");
  return made;
}

} // namespace easel::persistence::postgres
