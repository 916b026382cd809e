#include "tests/support/interposed_store.hpp"

#include <array>
#include <utility>

namespace easel::testing {

using namespace persistence;

namespace {

std::string_view name_of(const write& command) {
  constexpr std::array<std::string_view, 8> names{"admit",       "dispatch",    "block",  "begin_call",
                                                  "record_task", "store_image", "finish", "mark_answered"};
  static_assert(names.size() == std::variant_size_v<write>);
  return names[command.index()];
}

class interposed_store final : public store {
public:
  interposed_store(std::unique_ptr<store> within, interposer asked)
      : within_(std::move(within)), asked_(std::move(asked)) {}

  /// What fails before its effect is left out; the others are one batch still.
  std::vector<answer<write_outcome>> apply(std::span<const write> commands) override {
    if (const auto fault = ask("apply", true))
      return std::vector<answer<write_outcome>>(commands.size(), unexpected(*fault));
    std::vector<answer<write_outcome>> outcomes(commands.size(), unexpected(store_error{}));
    std::vector<write> passed;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < commands.size(); ++i)
      if (const auto fault = ask(name_of(commands[i]), true)) {
        outcomes[i] = unexpected(*fault);
      } else {
        passed.push_back(commands[i]);
        places.push_back(i);
      }
    auto answers = within_->apply(passed);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto fault = ask(name_of(passed[i]), false);
      outcomes[places[i]] = fault ? unexpected(*fault) : std::move(answers[i]);
    }
    if (const auto fault = ask("apply", false))
      return std::vector<answer<write_outcome>>(commands.size(), unexpected(*fault));
    return outcomes;
  }

  answer<std::optional<key_row>> find_key(const digest& key_hash) override {
    return around("find_key", [&] { return within_->find_key(key_hash); });
  }
  answer<std::optional<account_row>> find_account(account_id id) override {
    return around("find_account", [&] { return within_->find_account(id); });
  }
  answer<std::optional<generation_row>> find_generation(account_id owner, generation_id id) override {
    return around("find_generation", [&] { return within_->find_generation(owner, id); });
  }
  answer<page<generation_row>> list_generations(account_id owner, std::optional<generation_id> before,
                                                int limit) override {
    return around("list_generations", [&] { return within_->list_generations(owner, before, limit); });
  }
  answer<blob> find_image(account_id owner, generation_id id, std::int16_t index) override {
    return around("find_image", [&] { return within_->find_image(owner, id, index); });
  }
  answer<balance> find_balance(account_id owner) override {
    return around("find_balance", [&] { return within_->find_balance(owner); });
  }
  answer<page<entry_row>> list_entries(account_id owner, std::optional<transfer_id> before, int limit) override {
    return around("list_entries", [&] { return within_->list_entries(owner, before, limit); });
  }
  answer<bool> delete_generation(account_id owner, generation_id id) override {
    return around("delete_generation", [&] { return within_->delete_generation(owner, id); });
  }
  answer<bool> request_cancel(account_id owner, generation_id id) override {
    return around("request_cancel", [&] { return within_->request_cancel(owner, id); });
  }

  answer<instant> join(node_id id) override {
    return around("join", [&] { return within_->join(id); });
  }
  answer<std::optional<instant>> heartbeat(node_id id) override {
    return around("heartbeat", [&] { return within_->heartbeat(id); });
  }
  answer<std::vector<resumable>> take_over(node_id by, duration dead_after, int limit) override {
    return around("take_over", [&] { return within_->take_over(by, dead_after, limit); });
  }
  answer<std::optional<resumable>> resume(node_id by, generation_id id) override {
    return around("resume", [&] { return within_->resume(by, id); });
  }
  answer<std::vector<generation_id>> cancel_requests(node_id of) override {
    return around("cancel_requests", [&] { return within_->cancel_requests(of); });
  }
  answer<std::vector<generation_id>> in_work(node_id of) override {
    return around("in_work", [&] { return within_->in_work(of); });
  }
  answer<std::optional<call_place>> keep_hint(const digest& callback, std::string task,
                                              std::vector<std::string> senders) override {
    return around("keep_hint", [&] { return within_->keep_hint(callback, std::move(task), std::move(senders)); });
  }
  answer<std::vector<task_hint>> task_hints(node_id of) override {
    return around("task_hints", [&] { return within_->task_hints(of); });
  }
  answer<bool> leave(node_id id) override {
    return around("leave", [&] { return within_->leave(id); });
  }

  answer<account_id> create_account(tier of, std::string actor, std::string reason) override {
    return around("create_account", [&] { return within_->create_account(of, std::move(actor), std::move(reason)); });
  }
  answer<bool> set_tier(account_id id, tier to, std::string actor, std::string reason) override {
    return around("set_tier", [&] { return within_->set_tier(id, to, std::move(actor), std::move(reason)); });
  }
  answer<bool> lift_suspension(account_id id, std::string actor, std::string reason) override {
    return around("lift_suspension", [&] { return within_->lift_suspension(id, std::move(actor), std::move(reason)); });
  }
  answer<bool> gift(account_id id, credits amount, std::optional<instant> expires_at, std::string actor,
                    std::string reason) override {
    return around("gift", [&] { return within_->gift(id, amount, expires_at, std::move(actor), std::move(reason)); });
  }
  answer<key_row> create_key(account_id id, std::string name, const digest& key_hash, std::string hint,
                             std::string actor, std::optional<credits> monthly_cap) override {
    return around("create_key", [&] {
      return within_->create_key(id, std::move(name), key_hash, std::move(hint), std::move(actor), monthly_cap);
    });
  }
  answer<std::vector<key_row>> list_keys(account_id id) override {
    return around("list_keys", [&] { return within_->list_keys(id); });
  }
  answer<bool> revoke_key(account_id id, key_id key, std::string actor) override {
    return around("revoke_key", [&] { return within_->revoke_key(id, key, std::move(actor)); });
  }

  answer<int> append_access(std::span<const access_record> records) override {
    return around("append_access", [&] { return within_->append_access(records); });
  }
  answer<int> ensure_partitions(int days_ahead) override {
    return around("ensure_partitions", [&] { return within_->ensure_partitions(days_ahead); });
  }
  answer<invariants> check_invariants() override {
    return around("check_invariants", [&] { return within_->check_invariants(); });
  }

  answer<sign_in_begun> begin_sign_in(const sign_in_start& start) override {
    return around("begin_sign_in", [&] { return within_->begin_sign_in(start); });
  }
  answer<std::optional<taken_sign_in>> take_sign_in(const digest& token, const digest& state) override {
    return around("take_sign_in", [&] { return within_->take_sign_in(token, state); });
  }
  answer<sign_in_outcome> finish_sign_in(const sign_in_finish& finish) override {
    return around("finish_sign_in", [&] { return within_->finish_sign_in(finish); });
  }
  answer<std::optional<person_to_confirm>> find_unconfirmed(const digest& token) override {
    return around("find_unconfirmed", [&] { return within_->find_unconfirmed(token); });
  }
  answer<sign_in_outcome> confirm_sign_in(const sign_in_confirmation& confirmation) override {
    return around("confirm_sign_in", [&] { return within_->confirm_sign_in(confirmation); });
  }
  answer<bool> decline_sign_in(const digest& token) override {
    return around("decline_sign_in", [&] { return within_->decline_sign_in(token); });
  }
  answer<std::optional<live_session>> find_session(const digest& token) override {
    return around("find_session", [&] { return within_->find_session(token); });
  }
  answer<int> touch_sessions(const std::vector<session_id>& seen) override {
    return around("touch_sessions", [&] { return within_->touch_sessions(seen); });
  }
  answer<std::vector<session_row>> list_sessions(account_id of) override {
    return around("list_sessions", [&] { return within_->list_sessions(of); });
  }
  answer<bool> end_session(account_id of, session_id id) override {
    return around("end_session", [&] { return within_->end_session(of, id); });
  }
  answer<int> end_sessions(account_id of, std::optional<session_id> but) override {
    return around("end_sessions", [&] { return within_->end_sessions(of, but); });
  }
  answer<std::optional<person_row>> find_person(account_id id) override {
    return around("find_person", [&] { return within_->find_person(id); });
  }
  answer<bool> rename_person(account_id id, const secret_text& name) override {
    return around("rename_person", [&] { return within_->rename_person(id, name); });
  }
  answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(account_id id) override {
    return around("find_acknowledgements", [&] { return within_->find_acknowledgements(id); });
  }
  answer<bool> acknowledge(account_id id, const policies::acknowledgement& what) override {
    return around("acknowledge", [&] { return within_->acknowledge(id, what); });
  }
  answer<key_outcome> create_own_key(const new_key& key) override {
    return around("create_own_key", [&] { return within_->create_own_key(key); });
  }
  answer<bool> revoke_own_key(account_id of, key_id key) override {
    return around("revoke_own_key", [&] { return within_->revoke_own_key(of, key); });
  }

private:
  [[nodiscard]] std::optional<store_error> ask(std::string_view operation, bool before) const {
    return asked_ ? asked_(operation, before) : std::nullopt;
  }

  template <class Work>
  std::invoke_result_t<Work> around(std::string_view operation, Work work) {
    if (const auto fault = ask(operation, true))
      return unexpected(*fault);
    auto result = work();
    if (const auto fault = ask(operation, false))
      return unexpected(*fault);
    return result;
  }

  std::unique_ptr<store> within_;
  interposer asked_;
};

} // namespace

std::unique_ptr<store> interpose(std::unique_ptr<store> within, interposer asked) {
  return std::make_unique<interposed_store>(std::move(within), std::move(asked));
}

} // namespace easel::testing
