#pragma once

#include "persistence/keyring.hpp"
#include "persistence/revocations.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

/// Where the stores of a virtual world keep their rows, in the world's time: in memory, or in PostgreSQL.
namespace easel::testing {

class virtual_database {
public:
  /// What is looked at, and what is known of it from outside.
  struct moment {
    bool at_rest = false;                ///< nothing is in work, and nobody waits
    std::vector<generation_id> accepted; ///< that somebody was told of, and nobody asked to delete
  };

  virtual ~virtual_database() = default;
  /// A way to open stores as one process would: they share its caches. Their database is empty before the first one.
  [[nodiscard]] virtual std::function<std::unique_ptr<persistence::store>()>
  node(persistence::store_settings settings) = 0;

  /// A way to hear what ends, always connected. Unless it is in memory too it hears nothing: what another server says
  /// comes when it comes, and one seed would not be one history.
  [[nodiscard]] virtual std::function<std::unique_ptr<persistence::revocation_source>()> revocations();

  // what other parts of the service do to an account
  virtual void restrict_account(account_id id) = 0;
  virtual void close_account(account_id id) = 0;

  /// The account's id from now on. One seed is one history only if its ids are the same each time, and the seed's own
  /// generator may have to give what the store minted; nobody may know the account yet.
  [[nodiscard]] virtual account_id make_repeatable(account_id minted, std::mt19937_64& chance) = 0;

  /// Whether hours may pass for the sake of what is not in the database; each second costs each node some operations.
  [[nodiscard]] virtual bool is_quick() const = 0;

  /// Promises that the tables themselves show to be broken, a sentence for each.
  [[nodiscard]] virtual std::vector<std::string> offences(const moment& at) = 0;
};

/// `clock` gives the database's time; it never goes back.
using make_virtual_database = std::function<std::unique_ptr<virtual_database>(
  std::function<instant()> clock, std::shared_ptr<const persistence::keyring> keys)>;

[[nodiscard]] std::unique_ptr<virtual_database> in_memory(std::function<instant()> clock,
                                                          std::shared_ptr<const persistence::keyring> keys);

} // namespace easel::testing
