#include "persistence/postgres/accounts.hpp"

#include "persistence/postgres/rows.hpp"

namespace easel::persistence::postgres {

instant now_of(soci::session& sql) {
  long long now = 0;
  sql << "select easel.micros(easel.now())", soci::into(now);
  return instant(duration(now));
}

made_account insert_account(soci::session& sql, const keyring& keys, tier of) {
  const made_account made{mint<account_id>(now_of(sql)), keys.new_content_key()};
  const auto account = text_of(made.id);
  const int tier_number = static_cast<int>(of);
  sql << "insert into easel.account (id, tier, strikes_since, created_at)"
         " values (:account::uuid, :tier, easel.now(), easel.now())",
    soci::use(account, "account"), soci::use(tier_number, "tier");
  const auto wrapped = hex_of(keys.wrap(made.key, made.id));
  sql << "insert into easel.account_key (account_id, wrapped) values (:account::uuid, decode(:wrapped, 'hex'))",
    soci::use(account, "account"), soci::use(wrapped, "wrapped");
  return made;
}

} // namespace easel::persistence::postgres
