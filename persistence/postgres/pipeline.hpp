#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/content_keys.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <span>
#include <vector>

namespace easel::persistence::postgres {

/// Group commit: many commands in one transaction, sent in libpq's pipeline mode, so that a batch costs one round
/// trip and one commit. A command that the database refuses is split off; the others are executed again without it.
class pipeline {
public:
  pipeline(connection& to, const store_settings& settings, const keyring& keys, content_keys& cache)
      : to_(to), settings_(settings), keys_(keys), cache_(cache) {}

  /// Outcomes in the order of the commands. When the connection is lost on the way, everything whose commit was not
  /// seen is `unavailable`: it may have happened.
  [[nodiscard]] std::vector<answer<write_outcome>> apply(std::span<const write> commands);

private:
  struct job {
    const write* command;
    std::size_t place; ///< in the caller's order
    account_id account;
  };
  using jobs = std::span<const job>;

  /// How one transaction ended: at which of its jobs it failed, if it did, and why.
  struct attempt {
    enum class end { committed, failed, lost } how = end::committed;
    std::size_t at = 0;
    std::string sqlstate;
  };

  [[nodiscard]] bool find_owners(std::span<const write> commands);
  [[nodiscard]] std::vector<job> in_lock_order(std::span<const write> commands) const;
  void run(jobs batch);
  void run_alone(const job& one);
  [[nodiscard]] attempt transact(jobs batch);
  [[nodiscard]] bool send(jobs batch);
  [[nodiscard]] attempt receive(jobs batch);
  void answer_all(jobs batch, const store_error& why);
  void remember(const job& done);

  connection& to_;
  const store_settings& settings_;
  const keyring& keys_;
  content_keys& cache_;
  std::vector<answer<write_outcome>> outcomes_;
};

} // namespace easel::persistence::postgres
