#pragma once

#include "persistence/memory_store.hpp"
#include "tests/persistence/contract/world.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <sstream>

namespace easel::persistence {

/// As `print_access_log` of the contract wants it.
[[nodiscard]] inline std::string print(std::vector<access_entry> log) {
  std::sort(log.begin(), log.end(), [](const auto& a, const auto& b) { return a.what.request_id < b.what.request_id; });
  std::ostringstream out;
  for (const auto& [what, expires_at] : log)
    out << what.at.time_since_epoch().count() << '|' << what.ip << '|' << what.user_agent << '|'
        << (what.account ? to_string(what.account->value) : "-") << '|' << what.route << '|' << what.status << '|'
        << what.took.count() << '|' << what.request_id << '|' << expires_at.time_since_epoch().count() << '\n';
  return out.str();
}

/// A database whose time only moves when told to.
struct memory_fixture {
  std::shared_ptr<std::atomic<std::int64_t>> time =
    std::make_shared<std::atomic<std::int64_t>>(1'795'413'600'000'000); // 2026-11-23T06:00:00Z
  std::shared_ptr<memory_database> database =
    std::make_shared<memory_database>([t = time] { return instant(duration(t->load())); });

  [[nodiscard]] contract::store_under_test under_test() const {
    contract::store_under_test under;
    under.keys = contract::test_keys();
    under.open = [db = database, keys = under.keys] { return make_memory_store(db, {}, keys); };
    under.open_with = [db = database, keys = under.keys](policies::identity_limits limits) {
      store_settings settings;
      settings.identity = limits;
      return make_memory_store(db, settings, keys);
    };
    under.advance_clock = [t = time](duration span) { t->fetch_add(span.count()); };
    under.restrict_account = [db = database](account_id id, bool on) { db->restrict_account(id, on); };
    under.close_account = [db = database](account_id id) { db->close_account(id); };
    under.count_audit_rows = [db = database] { return static_cast<std::int64_t>(db->audit().size()); };
    under.print_access_log = [db = database] { return print(db->access_log()); };
    under.open_revocations = [db = database] { return make_memory_revocations(db); };
    return under;
  }
};

} // namespace easel::persistence
