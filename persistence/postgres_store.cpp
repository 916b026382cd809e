#include "persistence/postgres_store.hpp"

#include "persistence/billing.hpp"
#include "persistence/postgres/billing.hpp"
#include "persistence/postgres/commons.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/pipeline.hpp"

namespace easel::persistence {

postgres_commons::postgres_commons(std::size_t capacity) : state_(std::make_shared<state>(capacity)) {}
postgres_commons::~postgres_commons() = default;
void postgres_commons::shift_clock(duration by) { state_->clock_shift += by.count(); }
std::shared_ptr<const std::atomic<std::int64_t>> postgres_commons::clock_shift() const {
  return {state_, &state_->clock_shift};
}
void postgres_commons::forget(account_id owner) { state_->cache.forget(owner); }
void postgres_commons::forget_all() { state_->cache.forget_all(); }

namespace {

/// The store's interface over the operations of persistence/postgres.
class postgres_store final : public store {
public:
  postgres_store(postgres::scope scope, journaling written_down)
      : s_(std::move(scope)),
        pipeline_(s_.to, s_.settings, *s_.keys, *s_.cache),
        written_down_(std::move(written_down)) {}

  std::vector<answer<write_outcome>> apply(std::span<const write> commands) override {
    return pipeline_.apply(commands);
  }

  answer<std::optional<key_row>> find_key(const digest& key_hash) override { return postgres::find_key(s_, key_hash); }
  answer<std::optional<account_row>> find_account(account_id id) override { return postgres::find_account(s_, id); }
  answer<std::optional<generation_row>> find_generation(account_id owner, generation_id id) override {
    return postgres::find_generation(s_, owner, id);
  }
  answer<page<generation_row>> list_generations(account_id owner, std::optional<generation_id> before,
                                                int limit) override {
    return postgres::list_generations(s_, owner, before, limit);
  }
  answer<blob> find_image(account_id owner, generation_id id, std::int16_t index) override {
    return postgres::find_image(s_, owner, id, index);
  }
  answer<balance> find_balance(account_id owner) override { return postgres::find_balance(s_, owner); }
  answer<page<entry_row>> list_entries(account_id owner, std::optional<transfer_id> before, int limit) override {
    return postgres::list_entries(s_, owner, before, limit);
  }
  answer<bool> delete_generation(account_id owner, generation_id id) override {
    const auto remove = [&] { return postgres::delete_generation(s_, owner, id); };
    if (!written_down_.journal)
      return remove();
    return delete_journaled(
      written_down_, id, [&] { return postgres::can_delete_generation(s_, owner, id); }, remove);
  }
  answer<bool> request_cancel(account_id owner, generation_id id) override {
    const auto ask = [&] { return postgres::request_cancel(s_, owner, id); };
    if (!written_down_.journal)
      return ask();
    const auto is_news = postgres::can_cancel_generation(s_, owner, id);
    if (!is_news)
      return is_news;
    if (!*is_news)
      return ask(); // it is cancelled already, or has ended: no second line for one generation
    return delete_journaled(
      written_down_, id, [] { return answer<bool>(true); }, ask);
  }

  answer<instant> join(node_id id) override { return postgres::join(s_, id); }
  answer<std::optional<instant>> heartbeat(node_id id) override { return postgres::heartbeat(s_, id); }
  answer<std::vector<resumable>> take_over(node_id by, duration dead_after, int limit) override {
    return postgres::take_over(s_, by, dead_after, limit);
  }
  answer<std::optional<resumable>> resume(node_id by, generation_id id) override {
    return postgres::resume(s_, by, id);
  }
  answer<std::vector<generation_id>> cancel_requests(node_id of) override { return postgres::cancel_requests(s_, of); }
  answer<std::vector<generation_id>> in_work(node_id of) override { return postgres::in_work(s_, of); }
  answer<std::optional<call_place>> keep_hint(const digest& callback, std::string task,
                                              std::vector<std::string> senders) override {
    return postgres::keep_hint(s_, callback, task, senders);
  }
  answer<std::vector<task_hint>> task_hints(node_id of) override { return postgres::task_hints(s_, of); }
  answer<bool> leave(node_id id) override { return postgres::leave(s_, id); }

  answer<account_id> create_account(tier of, std::string actor, std::string reason) override {
    return postgres::create_account(s_, of, actor, reason);
  }
  answer<bool> set_tier(account_id id, tier to, std::string actor, std::string reason) override {
    return postgres::set_tier(s_, id, to, actor, reason);
  }
  answer<bool> lift_suspension(account_id id, std::string actor, std::string reason) override {
    return postgres::lift_suspension(s_, id, actor, reason);
  }
  answer<bool> gift(account_id id, credits amount, std::optional<instant> expires_at, std::string actor,
                    std::string reason) override {
    return postgres::gift(s_, id, amount, expires_at, actor, reason);
  }
  answer<key_row> create_key(account_id id, std::string name, const digest& key_hash, std::string hint,
                             std::string actor, std::optional<credits> monthly_cap) override {
    return postgres::create_key(s_, id, name, key_hash, hint, actor, monthly_cap);
  }
  answer<std::vector<key_row>> list_keys(account_id id) override { return postgres::list_keys(s_, id); }
  answer<bool> revoke_key(account_id id, key_id key, std::string actor) override {
    return postgres::revoke_key(s_, id, key, actor);
  }

  answer<int> append_access(std::span<const access_record> records) override {
    return postgres::append_access(s_, records);
  }

  answer<int> ensure_partitions(int days_ahead) override { return postgres::ensure_partitions(s_, days_ahead); }
  answer<invariants> check_invariants() override { return postgres::check_invariants(s_); }

  answer<sign_in_begun> begin_sign_in(const sign_in_start& command) override {
    return postgres::begin_sign_in(s_, command);
  }
  answer<std::optional<taken_sign_in>> take_sign_in(const digest& token, const digest& state) override {
    return postgres::take_sign_in(s_, token, state);
  }
  answer<sign_in_outcome> finish_sign_in(const sign_in_finish& command) override {
    return postgres::finish_sign_in(s_, command);
  }
  answer<std::optional<person_to_confirm>> find_unconfirmed(const digest& token) override {
    return postgres::find_unconfirmed(s_, token);
  }
  answer<sign_in_outcome> confirm_sign_in(const sign_in_confirmation& command) override {
    return postgres::confirm_sign_in(s_, command);
  }
  answer<bool> decline_sign_in(const digest& token) override { return postgres::decline_sign_in(s_, token); }

  answer<std::optional<live_session>> find_session(const digest& token) override {
    return postgres::find_session(s_, token);
  }
  answer<int> touch_sessions(const std::vector<session_id>& seen) override {
    return postgres::touch_sessions(s_, seen);
  }
  answer<std::vector<session_row>> list_sessions(account_id of) override { return postgres::list_sessions(s_, of); }
  answer<bool> end_session(account_id of, session_id which) override { return postgres::end_session(s_, of, which); }
  answer<int> end_sessions(account_id of, std::optional<session_id> but) override {
    return postgres::end_sessions(s_, of, but);
  }

  answer<std::optional<person_row>> find_person(account_id id) override { return postgres::find_person(s_, id); }
  answer<bool> rename_person(account_id id, const secret_text& name) override {
    return postgres::rename_person(s_, id, name);
  }
  answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(account_id id) override {
    return postgres::find_acknowledgements(s_, id);
  }
  answer<bool> acknowledge(account_id id, const policies::acknowledgement& what) override {
    return postgres::acknowledge(s_, id, what);
  }
  answer<key_outcome> create_own_key(const new_key& key) override { return postgres::create_own_key(s_, key); }
  answer<bool> revoke_own_key(account_id of, key_id key) override { return postgres::revoke_own_key(s_, of, key); }

private:
  postgres::scope s_;
  postgres::pipeline pipeline_;
  const journaling written_down_; ///< of what a person deletes: a restore must not bring it back
};

} // namespace

namespace {

template <class State>
postgres::scope scope_of(store_settings settings, std::shared_ptr<const keyring> keys, const State& shared) {
  postgres::connection to(
    {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout},
    {shared, &shared->clock_shift});
  return {std::move(to), std::move(settings), std::move(keys), {shared, &shared->cache}};
}

} // namespace

std::unique_ptr<store> make_postgres_store(store_settings settings, std::shared_ptr<const keyring> keys,
                                           std::shared_ptr<postgres_commons> commons, journaling written_down) {
  if (!commons)
    commons = std::make_shared<postgres_commons>();
  return std::make_unique<postgres_store>(scope_of(std::move(settings), std::move(keys), commons->state_),
                                          std::move(written_down));
}

std::unique_ptr<billing_store> make_postgres_billing_store(store_settings settings, std::shared_ptr<const keyring> keys,
                                                           std::shared_ptr<postgres_commons> commons) {
  if (!commons)
    commons = std::make_shared<postgres_commons>();
  return postgres::make_billing_books(scope_of(std::move(settings), std::move(keys), commons->state_));
}

} // namespace easel::persistence
