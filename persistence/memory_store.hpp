#pragma once

#include "persistence/keyring.hpp"
#include "persistence/revocations.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The store's contract kept in maps: for tests, and for the simulation of the whole actor tree.
namespace easel::persistence {

struct audit_entry {
  instant at;
  std::string actor;
  std::string action;
  std::optional<account_id> account;
  std::string reason;
};

struct access_entry {
  access_record what;
  instant expires_at;
};

/// What several memory stores share, as several connections share one PostgreSQL. Any thread; one lock inside.
/// Ids that it mints follow from the clock and a counter, so that one seed always yields one history.
class memory_database {
public:
  /// `clock` is the database's time; it must never go back.
  explicit memory_database(std::function<instant()> clock);
  ~memory_database();
  memory_database(const memory_database&) = delete;
  memory_database& operator=(const memory_database&) = delete;

  // what other parts of the service do to an account
  void restrict_account(account_id id, bool restricted); ///< RIGHT-4
  void close_account(account_id id);

  [[nodiscard]] std::vector<audit_entry> audit() const;
  [[nodiscard]] std::vector<access_entry> access_log() const;

private:
  friend class memory_store;
  friend class memory_revocations;
  struct shared_state;
  std::unique_ptr<shared_state> state_;
};

[[nodiscard]] std::unique_ptr<store> make_memory_store(std::shared_ptr<memory_database> database,
                                                       store_settings settings, std::shared_ptr<const keyring> keys);

/// Hears what the stores of `database` end. Never waits.
[[nodiscard]] std::unique_ptr<revocation_source> make_memory_revocations(std::shared_ptr<memory_database> database);

} // namespace easel::persistence
