#include "persistence/memory_store.hpp"

#include "persistence/memory/operations.hpp"

#include <mutex>
#include <type_traits>
#include <utility>

namespace easel::persistence {

struct memory_database::shared_state {
  explicit shared_state(std::function<instant()> c) : clock(std::move(c)) {}

  /// The caller holds the lock.
  void tell_listeners() {
    std::erase_if(listeners, [](const auto& each) { return each.expired(); });
    for (const auto& each : listeners)
      if (const auto heard = each.lock())
        heard->insert(heard->end(), tables.ended.begin(), tables.ended.end());
    tables.ended.clear();
  }

  const std::function<instant()> clock;
  mutable std::mutex mutex;
  memory::tables tables;
  std::vector<std::weak_ptr<std::vector<revocation>>> listeners;
};

memory_database::memory_database(std::function<instant()> clock)
    : state_(std::make_unique<shared_state>(std::move(clock))) {}

memory_database::~memory_database() = default;

void memory_database::restrict_account(account_id id, bool restricted) {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->tables.accounts.at(id).row.restricted, restricted) != restricted)
    state_->tables.ended.emplace_back(id);
  state_->tell_listeners();
}

void memory_database::close_account(account_id id) {
  const std::lock_guard lock(state_->mutex);
  state_->tables.accounts.at(id).row.state = account_state::closed;
  state_->tables.ended.emplace_back(id);
  state_->tell_listeners();
}

std::vector<audit_entry> memory_database::audit() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tables.audit;
}

std::vector<access_entry> memory_database::access_log() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tables.access_log;
}

/// Takes the lock; the work itself is in persistence/memory.
class memory_store final : public store {
public:
  memory_store(std::shared_ptr<memory_database> database, store_settings settings, std::shared_ptr<const keyring> keys)
      : database_(std::move(database)), settings_(std::move(settings)), keys_(std::move(keys)) {}

  std::vector<answer<write_outcome>> apply(std::span<const write> commands) override {
    std::vector<answer<write_outcome>> outcomes;
    outcomes.reserve(commands.size());
    for (const auto& command : commands)
      outcomes.push_back(apply_one(command));
    return outcomes;
  }

  answer<std::optional<key_row>> find_key(const digest& key_hash) override {
    return run([&](auto& s) { return memory::find_key(s, key_hash); });
  }
  answer<std::optional<account_row>> find_account(account_id id) override {
    return run([&](auto& s) { return memory::find_account(s, id); });
  }
  answer<std::optional<generation_row>> find_generation(account_id owner, generation_id id) override {
    return run([&](auto& s) { return memory::find_generation(s, owner, id); });
  }
  answer<page<generation_row>> list_generations(account_id owner, std::optional<generation_id> before,
                                                int limit) override {
    return run([&](auto& s) { return memory::list_generations(s, owner, before, limit); });
  }
  answer<blob> find_image(account_id owner, generation_id id, std::int16_t index) override {
    return run([&](auto& s) { return memory::find_image(s, owner, id, index); });
  }
  answer<balance> find_balance(account_id owner) override {
    return run([&](auto& s) { return memory::find_balance(s, owner); });
  }
  answer<page<entry_row>> list_entries(account_id owner, std::optional<transfer_id> before, int limit) override {
    return run([&](auto& s) { return memory::list_entries(s, owner, before, limit); });
  }
  answer<bool> delete_generation(account_id owner, generation_id id) override {
    return run([&](auto& s) { return memory::delete_generation(s, owner, id); });
  }
  answer<bool> request_cancel(account_id owner, generation_id id) override {
    return run([&](auto& s) { return memory::request_cancel(s, owner, id); });
  }

  answer<instant> join(node_id id) override {
    return run([&](auto& s) { return memory::join(s, id); });
  }
  answer<std::optional<instant>> heartbeat(node_id id) override {
    return run([&](auto& s) { return memory::heartbeat(s, id); });
  }
  answer<std::vector<resumable>> take_over(node_id by, duration dead_after, int limit) override {
    return run([&](auto& s) { return memory::take_over(s, by, dead_after, limit); });
  }
  answer<std::optional<resumable>> resume(node_id by, generation_id id) override {
    return run([&](auto& s) { return memory::resume(s, by, id); });
  }
  answer<std::vector<generation_id>> cancel_requests(node_id of) override {
    return run([&](auto& s) { return memory::cancel_requests(s, of); });
  }
  answer<std::vector<generation_id>> in_work(node_id of) override {
    return run([&](auto& s) { return memory::in_work(s, of); });
  }
  answer<std::optional<call_place>> keep_hint(const digest& callback, std::string task,
                                              std::vector<std::string> senders) override {
    return run([&](auto& s) { return memory::keep_hint(s, callback, task, senders); });
  }
  answer<std::vector<task_hint>> task_hints(node_id of) override {
    return run([&](auto& s) { return memory::task_hints(s, of); });
  }
  answer<bool> leave(node_id id) override {
    return run([&](auto& s) { return memory::leave(s, id); });
  }

  answer<account_id> create_account(tier of, std::string actor, std::string reason) override {
    return run([&](auto& s) { return memory::create_account(s, of, std::move(actor), std::move(reason)); });
  }
  answer<bool> set_tier(account_id id, tier to, std::string actor, std::string reason) override {
    return run([&](auto& s) { return memory::set_tier(s, id, to, std::move(actor), std::move(reason)); });
  }
  answer<bool> lift_suspension(account_id id, std::string actor, std::string reason) override {
    return run([&](auto& s) { return memory::lift_suspension(s, id, std::move(actor), std::move(reason)); });
  }
  answer<bool> gift(account_id id, credits amount, std::optional<instant> expires_at, std::string actor,
                    std::string reason) override {
    return run([&](auto& s) { return memory::gift(s, id, amount, expires_at, std::move(actor), std::move(reason)); });
  }
  answer<key_row> create_key(account_id id, std::string name, const digest& key_hash, std::string hint,
                             std::string actor, std::optional<credits> monthly_cap) override {
    return run([&](auto& s) {
      return memory::create_key(s, id, std::move(name), key_hash, std::move(hint), std::move(actor), monthly_cap);
    });
  }
  answer<std::vector<key_row>> list_keys(account_id id) override {
    return run([&](auto& s) { return memory::list_keys(s, id); });
  }
  answer<bool> revoke_key(account_id id, key_id key, std::string actor) override {
    return run([&](auto& s) { return memory::revoke_key(s, id, key, std::move(actor)); });
  }

  answer<int> append_access(std::span<const access_record> records) override {
    return run([&](auto& s) { return memory::append_access(s, records); });
  }

  answer<int> ensure_partitions(int days_ahead) override {
    return run([&](auto& s) { return memory::ensure_partitions(s, days_ahead); });
  }
  answer<invariants> check_invariants() override {
    return run([&](auto& s) { return memory::check_invariants(s.db); });
  }

  answer<sign_in_begun> begin_sign_in(const sign_in_start& command) override {
    return run([&](auto& s) { return memory::begin_sign_in(s, command); });
  }
  answer<std::optional<taken_sign_in>> take_sign_in(const digest& token, const digest& state) override {
    return run([&](auto& s) { return memory::take_sign_in(s, token, state); });
  }
  answer<sign_in_outcome> finish_sign_in(const sign_in_finish& command) override {
    return run([&](auto& s) { return memory::finish_sign_in(s, command); });
  }
  answer<std::optional<person_to_confirm>> find_unconfirmed(const digest& token) override {
    return run([&](auto& s) { return memory::find_unconfirmed(s, token); });
  }
  answer<sign_in_outcome> confirm_sign_in(const sign_in_confirmation& command) override {
    return run([&](auto& s) { return memory::confirm_sign_in(s, command); });
  }
  answer<bool> decline_sign_in(const digest& token) override {
    return run([&](auto& s) { return memory::decline_sign_in(s, token); });
  }

  answer<std::optional<live_session>> find_session(const digest& token) override {
    return run([&](auto& s) { return memory::find_session(s, token); });
  }
  answer<int> touch_sessions(const std::vector<session_id>& seen) override {
    return run([&](auto& s) { return memory::touch_sessions(s, seen); });
  }
  answer<std::vector<session_row>> list_sessions(account_id of) override {
    return run([&](auto& s) { return memory::list_sessions(s, of); });
  }
  answer<bool> end_session(account_id of, session_id which) override {
    return run([&](auto& s) { return memory::end_session(s, of, which); });
  }
  answer<int> end_sessions(account_id of, std::optional<session_id> but) override {
    return run([&](auto& s) { return memory::end_sessions(s, of, but); });
  }

  answer<std::optional<person_row>> find_person(account_id id) override {
    return run([&](auto& s) { return memory::find_person(s, id); });
  }
  answer<bool> rename_person(account_id id, const secret_text& name) override {
    return run([&](auto& s) { return memory::rename_person(s, id, name); });
  }
  answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(account_id id) override {
    return run([&](auto& s) { return memory::find_acknowledgements(s, id); });
  }
  answer<bool> acknowledge(account_id id, const policies::acknowledgement& what) override {
    return run([&](auto& s) { return memory::acknowledge(s, id, what); });
  }
  answer<key_outcome> create_own_key(const new_key& key) override {
    return run([&](auto& s) { return memory::create_own_key(s, key); });
  }
  answer<bool> revoke_own_key(account_id of, key_id key) override {
    return run([&](auto& s) { return memory::revoke_own_key(s, of, key); });
  }

private:
  template <class Work>
  std::invoke_result_t<Work, memory::scope&> run(Work work) {
    auto& state = *database_->state_;
    const std::lock_guard lock(state.mutex);
    memory::scope s{state.tables, settings_, *keys_, state.clock()};
    auto outcome = work(s);
    state.tell_listeners();
    return outcome;
  }

  answer<write_outcome> apply_one(const write& command) {
    const auto name = memory::name_of(command);
    return run([&](auto& s) -> answer<write_outcome> {
      if (memory::has_nul(command))
        return memory::refused(name, memory::bad_text);
      return std::visit([&](const auto& c) { return memory::apply(s, c); }, command);
    });
  }

  std::shared_ptr<memory_database> database_;
  store_settings settings_;
  std::shared_ptr<const keyring> keys_;
};

class memory_revocations final : public revocation_source {
public:
  explicit memory_revocations(std::shared_ptr<memory_database> database) : database_(std::move(database)) {}

  bool listen() override {
    auto& state = *database_->state_;
    const std::lock_guard lock(state.mutex);
    heard_ = std::make_shared<std::vector<revocation>>();
    state.listeners.emplace_back(heard_);
    return true;
  }

  std::optional<std::vector<revocation>> hear(duration) override {
    const std::lock_guard lock(database_->state_->mutex);
    return heard_ ? std::optional(std::exchange(*heard_, {})) : std::nullopt;
  }

private:
  std::shared_ptr<memory_database> database_;
  std::shared_ptr<std::vector<revocation>> heard_;
};

std::unique_ptr<revocation_source> make_memory_revocations(std::shared_ptr<memory_database> database) {
  return std::make_unique<memory_revocations>(std::move(database));
}

std::unique_ptr<store> make_memory_store(std::shared_ptr<memory_database> database, store_settings settings,
                                         std::shared_ptr<const keyring> keys) {
  return std::make_unique<memory_store>(std::move(database), std::move(settings), std::move(keys));
}

} // namespace easel::persistence
