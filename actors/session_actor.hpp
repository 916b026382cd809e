#pragma once

#include "actors/call_messages.hpp"
#include "actors/context.hpp"
#include "actors/generation_messages.hpp"
#include "actors/observed.hpp"
#include "actors/store_messages.hpp"
#include "policies/admission.hpp"
#include "policies/rate_limit.hpp"

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

/// Private to session*.cpp: one account that is live on this node.
namespace easel::actors {

/// Somebody waits for a generation.
struct watch {
  std::shared_ptr<watcher> waiter;
  watch_options how;
  moment expires = moment::max();
};

/// A generation that runs here, or that somebody here waits for while it runs elsewhere.
struct followed {
  persistence::generation_row row;
  facts_ptr facts;      ///< null: it runs elsewhere, its row is read now and then
  bool reading = false; ///< such a read is out
  std::uint64_t sequence = 0;
  std::vector<std::shared_ptr<const generation_event>> recent; ///< without bytes, for streams that reconnect
  std::map<std::int16_t, blob> blobs;                          ///< of images stored while it runs here
  std::vector<watch> watches;
};

/// One generation as the store has it, with its images' bytes when they were asked for.
struct stored_generation {
  persistence::generation_row row;
  std::vector<blob> images;
};

/// Deadlines are to be looked at; or, with an id, a generation that runs elsewhere may be read again.
struct session_alarm {
  std::optional<generation_id> look_again;
};

/// What the account has, as it was read lately.
struct known_figures {
  credits available;
  credits held;
  moment until; ///< no longer believed from then on: other nodes, payments and operators change it too
};

struct session_state {
  static inline const char* name = "session";

  store_port store;
  std::optional<persistence::account_row> account;
  bool is_withdrawn = false;         ///< the account is closed or restricted, as far as this node knows
  std::vector<enter> before_account; ///< calls that came before the account was loaded
  std::unordered_map<generation_id, followed> generations;
  int watching = 0;          ///< watches, and calls that will become one
  std::uint64_t handled = 0; ///< `enter`s so far
  std::optional<policies::caller_limits> rates;
  std::optional<known_figures> figures;
  std::uint32_t changes = 0; ///< of the figures, as far as this node knows: what was asked for before one is not kept
  bool ticking = false;
};

class session_actor : public house_actor<session_state> {
public:
  session_actor(caf::actor_config& config, context_ptr context, caf::actor router, caf::actor store, account_id account,
                node_id node);
  caf::behavior make_behavior() override;

private:
  // session.cpp
  void load_account();
  void keep_account(persistence::account_row row);
  void account_is_gone();
  void withdraw_work();
  void refresh_account();
  void on_enter(const enter& message);
  [[nodiscard]] bool is_within_rates(const enter& message);
  void handle(const enter& message);
  void on_create(const caller& who, const create_call& call, bool tier_was_wrong);
  [[nodiscard]] expected<void, policies::overloaded> admission_now(tier of_tier) const;
  void on_admitted(generation_id id, const caller& who, const create_call& call, const policies::generation_plan& plan,
                   bool tier_was_wrong, const persistence::answer<persistence::write_outcome>& outcome);
  void start(const create_call& call, const policies::generation_plan& plan, const persistence::admitted& result);
  void on_idle_check(const idle_check& message);

  // session_watches.cpp: who waits for what
  void on_watch(const watch_call& call);
  void attach(generation_id id, const watch_options& how, const std::shared_ptr<watcher>& waiter, bool attached);
  void on_loaded(generation_id id, const watch_options& how, const std::shared_ptr<watcher>& waiter, bool attached,
                 const persistence::answer<std::optional<stored_generation>>& found);
  void add_watch(followed& f, const watch_options& how, const std::shared_ptr<watcher>& waiter, bool attached);
  void on_passed(const passed_moderation& message);
  void on_dispatched(const was_dispatched& message);
  void on_partial(const partial_arrived& message);
  void on_image(const image_kept& message);
  void on_ended(const has_ended& message);
  void on_elsewhere(const went_elsewhere& message);
  void on_adopted(const adopted& message);
  void publish(followed& f, generation_event what);
  void conclude(generation_id id, const generation_view& view, const std::vector<blob>& images);
  void on_alarm(const session_alarm& message);
  void on_tick();
  void look_elsewhere(generation_id id, followed& f);
  void on_looked(followed& f, bool with_images, const persistence::answer<std::optional<stored_generation>>& found);
  void start_ticking();
  void load(generation_id id, bool with_images,
            std::function<void(const persistence::answer<std::optional<stored_generation>>&)> then);
  [[nodiscard]] static generation_view view_of(const followed& f);

  // session_queries.cpp: one question, one answer
  using waiter_ptr = std::shared_ptr<pending_reply>;
  void on_ask(const caller& who, const ask_call& call);
  void answer_generation(const find_generation& q, const waiter_ptr& waiter);
  void answer_list(const list_generations& q, const waiter_ptr& waiter);
  void answer_image(const find_image& q, const waiter_ptr& waiter);
  void answer_cancel(const cancel_generation& q, const waiter_ptr& waiter);
  void answer_quote(const quote& q, const waiter_ptr& waiter);
  void answer_account(const caller& who, const waiter_ptr& waiter);
  void keep_figures(const account_answer& found, moment asked_when, std::uint32_t asked_at);
  void figures_changed();
  void answer_credits(const find_credits& q, const waiter_ptr& waiter);

  // session_person.cpp: what the person decides about their own account
  void on_person(const signed_in& who, const rename& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const switch_tier& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const make_key& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const list_sessions& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const end_session& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const end_sessions& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const acknowledge& q, const waiter_ptr& waiter);
  void on_person(const signed_in& who, const prove_person& q, const waiter_ptr& waiter);
  void answer_notices(const waiter_ptr& waiter);
  void answer_keys(const waiter_ptr& waiter);
  void revoke(const revoke_key& q, const waiter_ptr& waiter);

  /// Runs `ask` at the store and hands a good answer on; a bad one refuses.
  template <class T>
  void ask_store(const waiter_ptr& waiter, std::function<persistence::answer<T>(persistence::store&)> ask,
                 std::function<void(T&)> then) {
    state.store.query<T>(me(), std::move(ask), [waiter, then = std::move(then)](persistence::answer<T>& result) {
      if (result)
        then(*result);
      else
        waiter->answer(easel::unexpected(refusal{refusal::why::store_unavailable, std::nullopt, std::nullopt}));
    });
  }

  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] std::size_t shard() const { return std::hash<account_id>{}(account_); }

  context_ptr context_;
  caf::actor router_;
  account_id account_;
  node_id node_;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::session_alarm)
