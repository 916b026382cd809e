#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/content_keys.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace easel::persistence::postgres {

/// Group commit: many commands in one transaction, sent in libpq's pipeline mode, so that a batch costs one round
/// trip and one commit, and those of one kind in one statement, whose set-up costs more than a row. When the database
/// refuses, the batch is executed again in halves, until the command that it refuses is alone.
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

  /// How one transaction ended, and why it failed, if it did.
  struct attempt {
    enum class end { committed, failed, lost } how = end::committed;
    std::string sqlstate;
  };

  /// The jobs of one transaction, and the statements that execute them: each takes so many of those that follow.
  struct plan {
    std::vector<job> all;
    std::vector<std::size_t> statements;
    bool has_lock = false;
  };

  /// What the batch under way needs of its accounts. Held until its end: the cache may forget any of it meanwhile.
  struct belongings {
    std::unordered_map<account_id, content_key> keys;
    std::unordered_map<generation_id, account_id> owners;
  };

  [[nodiscard]] bool find_owners(std::span<const write> commands);
  [[nodiscard]] bool read_owners(const std::vector<uuid>& accounts, const std::vector<uuid>& generations);
  [[nodiscard]] bool knows_key(account_id owner);
  [[nodiscard]] bool knows_owner(generation_id id);
  [[nodiscard]] std::optional<content_key> key_of(account_id owner) const;
  [[nodiscard]] account_id owner_of(const write& command) const;
  [[nodiscard]] std::vector<job> in_lock_order(std::span<const write> commands) const;
  void run(jobs batch);
  void run_alone(const job& one);
  [[nodiscard]] static plan plan_for(jobs batch);
  [[nodiscard]] attempt transact(jobs batch);
  [[nodiscard]] bool send(const plan& p);
  [[nodiscard]] bool send_lock(jobs batch);
  [[nodiscard]] attempt receive(const plan& p);
  void answer_all(jobs batch, const store_error& why);
  void remember(const job& done);

  connection& to_;
  const store_settings& settings_;
  const keyring& keys_;
  content_keys& cache_;
  belongings batch_;
  std::vector<answer<write_outcome>> outcomes_;
};

} // namespace easel::persistence::postgres
