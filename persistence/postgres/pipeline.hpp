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

  [[nodiscard]] bool find_owners(std::span<const write> commands);
  [[nodiscard]] std::optional<content_key> key_of(account_id owner);
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
  std::unordered_map<account_id, content_key> just_read_; ///< of the batch under way: the cache need not keep them
  std::vector<answer<write_outcome>> outcomes_;
};

} // namespace easel::persistence::postgres
