#pragma once

#include "persistence/keyring.hpp"
#include "persistence/revocations.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <string>

/// One contract, many stores: every promise of persistence/store.hpp as a case that knows no implementation.
namespace easel::persistence::contract {

/// A store that a case may use up: an empty database that nothing else writes to, and what the cases need besides
/// the store's own interface.
struct store_under_test {
  std::shared_ptr<const keyring> keys;
  store_settings settings; ///< those that `open` used
  std::function<std::unique_ptr<store>()> open;
  /// Another store on the same database, with other bounds.
  std::function<std::unique_ptr<store>(policies::identity_limits)> open_with;
  /// Moves the database's time forward, at once, for all its connections.
  std::function<void(duration)> advance_clock;
  std::function<void(account_id, bool restricted)> restrict_account;
  std::function<void(account_id)> close_account;
  std::function<std::int64_t()> count_audit_rows;
  /// The access log in the order of its request ids, a line each: times in microseconds, '|' between the fields, the
  /// expiry last.
  std::function<std::string()> print_access_log;
  std::function<std::unique_ptr<revocation_source>()> open_revocations;
};

/// Adds the whole contract to the program's tests as one suite. Call it while static objects are made, or from a
/// test module's initialization. `fresh` is called once per case.
bool register_contract(const std::string& suite, std::function<store_under_test()> fresh);

/// The key every run uses: cases must see equal hashes in equal databases.
[[nodiscard]] std::shared_ptr<const keyring> test_keys();

} // namespace easel::persistence::contract
