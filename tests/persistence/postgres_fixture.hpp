#pragma once

#include "persistence/postgres_revocations.hpp"
#include "persistence/postgres_store.hpp"
#include "tests/persistence/contract/world.hpp"
#include "tests/support/private_postgres.hpp"

#include <memory>

namespace easel::persistence {

/// A database without a row, cleared and kept for the next case when the last of its users is gone.
[[nodiscard]] inline std::shared_ptr<tests::fresh_database> lend_database() {
  static std::vector<std::unique_ptr<tests::fresh_database>> spare;
  auto lent = spare.empty() ? std::make_unique<tests::fresh_database>() : std::move(spare.back());
  if (!spare.empty())
    spare.pop_back();
  return {lent.release(), [](tests::fresh_database* back) {
            std::unique_ptr<tests::fresh_database> owned(back);
            owned->clear();
            spare.push_back(std::move(owned));
          }};
}

/// An empty database and what the contract wants to do to it.
struct postgres_fixture {
  std::shared_ptr<tests::fresh_database> database = lend_database();
  std::shared_ptr<postgres_commons> commons = std::make_shared<postgres_commons>();

  [[nodiscard]] store_settings settings() const {
    store_settings s;
    s.database_url = database->url();
    return s;
  }

  /// A store with a connection and caches of its own, as another node would have.
  [[nodiscard]] std::unique_ptr<store> open_elsewhere() const {
    return make_postgres_store(settings(), contract::test_keys());
  }

  [[nodiscard]] contract::store_under_test under_test() const {
    contract::store_under_test under;
    under.keys = contract::test_keys();
    under.settings = settings();
    under.open = [s = settings(), c = commons] { return make_postgres_store(s, contract::test_keys(), c); };
    under.open_with = [s = settings(), c = commons](policies::identity_limits limits) {
      auto changed = s;
      changed.identity = limits;
      return make_postgres_store(changed, contract::test_keys(), c);
    };
    under.advance_clock = [c = commons](duration span) { c->shift_clock(span); };
    under.restrict_account = [db = database](account_id id, bool on) {
      db->execute(std::string("update easel.account set restricted = ") + (on ? "true" : "false") + " where id = '"
                  + to_string(id.value) + "'");
    };
    under.close_account = [db = database](account_id id) {
      db->execute("update easel.account set state = 2 where id = '" + to_string(id.value) + "'");
    };
    under.count_audit_rows = [db = database] {
      return std::stoll(db->value("select count(*) from easel.operator_audit"));
    };
    under.print_access_log = [db = database] {
      return db->value("select coalesce(string_agg(concat_ws('|', easel.micros(at), host(ip), user_agent,"
                       " coalesce(account_id::text, '-'), route, status, duration_us, request_id,"
                       " easel.micros(expires_at)) || E'\n', '' order by request_id), '') from easel.access_log"
                       " where day = (at at time zone 'UTC')::date");
    };
    under.open_revocations = [s = settings(), c = commons] { return make_postgres_revocations(s, c); };
    return under;
  }
};

} // namespace easel::persistence
