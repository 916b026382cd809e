#pragma once

#include "persistence/journaling.hpp"
#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <atomic>
#include <memory>

namespace easel::persistence {

class billing_store;
class rights;
struct rights_settings;

/// What the postgres stores of one process share: the cache of content keys, and the shift of the clock. Any thread.
class postgres_commons {
public:
  /// `capacity` bounds the cached keys and, by another such number, the cached owners of generations in work.
  explicit postgres_commons(std::size_t capacity = 20'000);
  ~postgres_commons();
  postgres_commons(const postgres_commons&) = delete;
  postgres_commons& operator=(const postgres_commons&) = delete;

  /// Adds to the database's clock as these stores see it, from their next operation on. Development and tests only.
  void shift_clock(duration by);
  /// Microseconds, as they are at any time: for other connections that share this clock.
  [[nodiscard]] std::shared_ptr<const std::atomic<std::int64_t>> clock_shift() const;
  /// The account's content key was destroyed (RIGHT-3).
  void forget(account_id owner);
  /// Those that were destroyed lately were not told of.
  void forget_all();

private:
  friend std::unique_ptr<store> make_postgres_store(store_settings, std::shared_ptr<const keyring>,
                                                    std::shared_ptr<postgres_commons>, journaling);
  friend std::unique_ptr<rights> make_postgres_rights(store_settings, const rights_settings&,
                                                      std::shared_ptr<const keyring>,
                                                      std::shared_ptr<postgres_commons>);
  friend std::unique_ptr<billing_store> make_postgres_billing_store(store_settings, std::shared_ptr<const keyring>,
                                                                    std::shared_ptr<postgres_commons>);
  struct state;
  std::shared_ptr<state> state_;
};

/// A store with one connection of its own, opened when first used and again when it was lost. Needs a session-level
/// connection (no transaction pooling) to a migrated database.
///
/// A lost connection makes what was under way `unavailable`: it may have happened. Asking again is safe: an admit is
/// recognized by its id, the other commands by their state, where a repeat answers `not_in_state`. With a journal each
/// deletion of a generation stands in it first (`delete_journaled`).
[[nodiscard]] std::unique_ptr<store> make_postgres_store(store_settings settings, std::shared_ptr<const keyring> keys,
                                                         std::shared_ptr<postgres_commons> commons = nullptr,
                                                         journaling written_down = {});

} // namespace easel::persistence
