#include "actors/session.hpp"

#include "actors/session_actor.hpp"

namespace easel::actors {

namespace {

/// Each browser has a key's rate.
key_id counts_as(const caller& who) {
  const auto* session = std::get_if<signed_in>(&who);
  return session ? key_id{session->session.value} : std::get<key_id>(who);
}

} // namespace

session_actor::session_actor(caf::actor_config& config, context_ptr context, caf::actor router, caf::actor store,
                             account_id account, node_id node)
    : house_actor<session_state>(config),
      context_(std::move(context)),
      router_(std::move(router)),
      account_(account),
      node_(node) {
  is_kind("session");
  is_about(account.value);
  state.store.attach(std::move(store));
}

caf::behavior session_actor::make_behavior() {
  load_account();
  return {
    [this](const enter& message) { on_enter(message); },
    [this](const store_written& message) { state.store.deliver(message); },
    [this](const store_answered& message) { state.store.deliver(message); },
    [this](const has_ended& message) { on_ended(message); },
    [this](const image_kept& message) { on_image(message); },
    [this](const passed_moderation& message) { on_passed(message); },
    [this](const was_dispatched& message) { on_dispatched(message); },
    [this](const partial_arrived& message) { on_partial(message); },
    [this](const went_elsewhere& message) { on_elsewhere(message); },
    [this](const adopted& message) { on_adopted(message); },
    [this](const session_alarm& message) { on_alarm(message); },
    [this](const idle_check& message) { on_idle_check(message); },
    [this](const account_changed&) { refresh_account(); },
    [this](const passivate&) { quit(); },
  };
}

void session_actor::load_account() {
  state.store.query<std::optional<persistence::account_row>>(
    me(), [id = account_](persistence::store& s) { return s.find_account(id); },
    [this](auto& found) {
      auto calls = std::exchange(state.before_account, {});
      if (found && *found) {
        keep_account(std::move(**found));
        for (const auto& call : calls)
          handle(call);
        return;
      }
      if (found)
        account_is_gone();
      for (const auto& call : calls)
        refuse(call.what, found ? unknown_as(call.who) : refusal::why::store_unavailable);
    });
}

void session_actor::keep_account(persistence::account_row row) {
  is_at(session_state_of(row.of_tier));
  const bool is_closed = row.state == persistence::account_state::closed; // by whatever node or hand
  if (is_closed)
    house_traces(home_system()).forget(account_);
  state.is_withdrawn = is_closed || row.restricted;
  state.account = std::move(row);
  withdraw_work();
}

void session_actor::account_is_gone() {
  house_traces(home_system()).forget(account_);
  state.is_withdrawn = true;
  withdraw_work();
}

/// Of a closed or restricted account nothing more is sent to anybody (RIGHT-3, RIGHT-4). Its rows are ended by whoever
/// closed or restricted it, which may be another node: those that run here would learn of it with their next write.
void session_actor::withdraw_work() {
  if (!state.is_withdrawn)
    return;
  for (const auto& [id, f] : state.generations)
    if (f.facts)
      f.facts->withdraw();
}

/// Until the answer is there the old row does: what counts is decided in the database.
void session_actor::refresh_account() {
  figures_changed();
  if (!state.account)
    return; // it is being loaded, or will be
  state.store.query<std::optional<persistence::account_row>>(
    me(), [id = account_](persistence::store& s) { return s.find_account(id); },
    [this](auto& found) {
      if (found && *found)
        keep_account(std::move(**found));
      else if (found)
        account_is_gone();
    });
}

void session_actor::on_enter(const enter& message) {
  ++state.handled;
  if (!is_within_rates(message))
    return;
  if (state.account) {
    handle(message);
    return;
  }
  state.before_account.push_back(message);
  if (state.before_account.size() == 1 && state.store.waiting() == 0)
    load_account(); // the first try failed; this call is reason for another
}

bool session_actor::is_within_rates(const enter& message) {
  using policies::request_class;
  if (!state.rates)
    state.rates.emplace(context_->settings.account_rates, context_->settings.key_rates, now());
  const auto what =
    std::holds_alternative<create_call>(message.what) ? request_class::creation : request_class::reading;
  const auto decision = state.rates->take(counts_as(message.who), what, now());
  if (message.notes)
    message.notes->counted(decision.quotas);
  if (!decision.wait)
    return true;
  context_->counts->rate_refused[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
  refuse(message.what, {refusal::why::too_many_requests, std::nullopt, decision.wait});
  return false;
}

void session_actor::handle(const enter& message) {
  if (const auto* create = std::get_if<create_call>(&message.what))
    on_create(message.who, *create, false);
  else if (const auto* watch_one = std::get_if<watch_call>(&message.what))
    on_watch(*watch_one);
  else
    on_ask(message.who, std::get<ask_call>(message.what));
}

// ---------------------------------------------------------------- a new generation

void session_actor::on_create(const caller& who, const create_call& call, bool tier_was_wrong) {
  if (state.watching >= context_->settings.max_watchers_per_account) {
    call.waiter->refused({refusal::why::too_many_streams, std::nullopt, std::chrono::seconds(1)});
    return;
  }
  const auto of_tier = state.account->of_tier;
  auto plan = policies::plan_generation(context_->settings.catalogue, of_tier, call.what->request);
  if (!plan) {
    const auto why =
      plan.error().code == "model_not_found" ? refusal::why::model_not_found : refusal::why::invalid_request;
    call.waiter->refused({why, plan.error(), std::nullopt});
    return;
  }
  if (auto room = admission_now(of_tier); !room) {
    context_->counts->refused.fetch_add(1, std::memory_order_relaxed);
    call.waiter->refused({refusal::why::overloaded, std::nullopt, room.error().retry_after});
    return;
  }
  ++state.watching;
  persistence::admit command;
  command.id = generation_id{context_->new_uuid()};
  command.account = account_;
  if (const auto* key = std::get_if<key_id>(&who))
    command.key = *key;
  command.tier_seen = of_tier;
  command.plan = *plan;
  command.prompt = call.what->request.prompt;
  command.idempotency_key = call.what->idempotency_key;
  command.fingerprint_source = call.what->fingerprint_source;
  command.retry_count = call.what->retry_count;
  command.awaits_answer = call.what->synchronous;
  command.node = node_;
  command.max_active = context_->settings.limits_of(of_tier).max_active_per_account;
  command.daily_allowance = context_->settings.daily_allowance;
  const auto id = command.id;
  const auto weight = command.prompt.reveal().size() + command.fingerprint_source.size() + 512;
  state.store.write(
    me(), shard(), std::move(command),
    [this, id, who, call, plan = *plan, tier_was_wrong](auto& outcome) {
      on_admitted(id, who, call, plan, tier_was_wrong, outcome);
    },
    weight);
}

expected<void, policies::overloaded> session_actor::admission_now(tier of_tier) const {
  const auto& counts = *context_->counts;
  const auto i = static_cast<std::size_t>(of_tier);
  policies::admission_limits limits;
  limits.live = context_->settings.max_live_generations;
  limits.queued_per_tier = context_->settings.limits_of(of_tier).max_queued;
  limits.queued_per_account = context_->settings.limits_of(of_tier).max_active_per_account;
  policies::admission_counts now_here;
  now_here.draining = counts.draining.load(std::memory_order_relaxed);
  now_here.live = static_cast<int>(counts.live.load(std::memory_order_relaxed));
  now_here.queued_in_tier = static_cast<int>(counts.queued[i].load(std::memory_order_relaxed));
  now_here.per_item = duration(counts.place_us[i].load(std::memory_order_relaxed));
  return policies::admit(limits, now_here);
}

void session_actor::on_admitted(generation_id id, const caller& who, const create_call& call,
                                const policies::generation_plan& plan, bool tier_was_wrong,
                                const persistence::answer<persistence::write_outcome>& outcome) {
  using persistence::admission;
  --state.watching;
  figures_changed();
  if (!outcome) {
    // `unavailable` may have been applied. Nobody takes over rows of a node that lives, so the router asks for it.
    const bool refused = outcome.error().what == persistence::store_error::kind::refused;
    call.waiter->refused(
      {refused ? refusal::why::internal : refusal::why::store_unavailable, std::nullopt, std::nullopt});
    if (!refused)
      send(router_, row_in_doubt{id});
    return;
  }
  const auto& result = std::get<persistence::admitted>(*outcome);
  const auto refuse_as = [&](refusal::why why, std::optional<duration> after = std::nullopt) {
    context_->counts->refused.fetch_add(1, std::memory_order_relaxed);
    call.waiter->refused({why, std::nullopt, after});
  };
  std::optional<duration> until;
  if (result.until)
    until = std::max(*result.until - context_->wall_clock(), duration{std::chrono::seconds(1)});
  switch (result.result) {
  case admission::admitted:
    start(call, plan, result);
    break;
  case admission::attached:
    attach(result.id, call.how, call.waiter, true);
    break;
  case admission::key_reused:
    refuse_as(refusal::why::key_reused);
    break;
  case admission::account_gone:
  case admission::key_gone:
    refuse_as(unknown_as(who));
    break;
  case admission::restricted:
    refuse_as(refusal::why::restricted);
    break;
  case admission::suspended:
    refuse_as(until ? refusal::why::cooling_down : refusal::why::suspended, until);
    break;
  case admission::insufficient_credits:
    refuse_as(refusal::why::insufficient_credits);
    break;
  case admission::key_capped:
    context_->counts->refused.fetch_add(1, std::memory_order_relaxed);
    call.waiter->refused({refusal::why::key_capped, std::nullopt, until, result.key_cap});
    break;
  case admission::too_many_active:
    refuse_as(refusal::why::too_many_active, std::chrono::seconds(1));
    break;
  case admission::tier_changed:
    state.account->of_tier = result.account_tier;
    if (tier_was_wrong)
      refuse_as(refusal::why::internal);
    else
      on_create(who, call, true);
    break;
  }
}

void session_actor::start(const create_call& call, const policies::generation_plan& plan,
                          const persistence::admitted& result) {
  auto& f = state.generations[result.id];
  f.row.id = result.id;
  f.row.account = account_;
  f.row.of_tier = result.account_tier;
  f.row.plan = plan;
  f.row.prompt = call.what->request.prompt;
  f.row.created_at = result.created_at;
  f.row.expires_at = result.expires_at;
  f.row.disclosures.push_back({recipient::openai_moderation, data_class::content, result.created_at});
  f.facts = std::make_shared<live_facts>();
  if (state.is_withdrawn) // since it was admitted
    f.facts->withdraw();
  auto order = std::make_shared<const generation_order>(generation_order{
    result.id, account_, result.account_tier, plan, std::make_shared<const secret_text>(call.what->request.prompt)});
  starting_point from{std::move(order), {node_, 1}, nullptr};
  send(router_, start_generation{std::move(from), f.facts, me()});
  add_watch(f, call.how, call.waiter, false);
}

// ---------------------------------------------------------------- passivation

void session_actor::on_idle_check(const idle_check& message) {
  const bool quiet = message.entered == state.handled && state.generations.empty() && state.watching == 0
                     && state.store.waiting() == 0 && state.before_account.empty()
                     && (!state.rates || state.rates->is_full(now()));
  if (quiet)
    send(router_, idle{account_, state.handled});
}

caf::actor spawn_session(caf::event_based_actor* router, context_ptr context, caf::actor store, account_id account,
                         node_id node) {
  return router->spawn<session_actor, caf::monitored>(std::move(context), caf::actor_cast<caf::actor>(router),
                                                      std::move(store), account, node);
}

} // namespace easel::actors
