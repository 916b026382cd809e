#include "actors/router_actor.hpp"

#include "actors/call_messages.hpp"
#include "actors/node_messages.hpp"

#include <utility>

namespace easel::actors {

router_actor::router_actor(caf::actor_config& config, context_ptr context, caf::actor store, upstreams providers,
                           node_id node)
    : house_actor<router_state>(config),
      context_(std::move(context)),
      store_(std::move(store)),
      providers_(std::move(providers)),
      node_(node) {
  is_kind("router");
  state.counts = context_->counts;
  state.store.attach(store_);
  state.callers = caller_cache({static_cast<std::size_t>(context_->settings.key_cache_size),
                                static_cast<std::size_t>(context_->settings.store_queue)});
  for ([[maybe_unused]] auto t : all_tiers)
    state.pools.emplace_back([this](const caf::actor& to, slot_request what, std::uint64_t epoch) {
      send(to, assign{std::make_shared<assignment>(me(), std::move(what)), epoch});
    });
  set_down_handler([this](caf::down_msg& down) { on_down(down); });
}

caf::behavior router_actor::make_behavior() {
  open_connections();
  delayed_send(this, context_->settings.sweep, sweep{});
  return {
    [this](const knock& message) { on_knock(message); },
    [this](const forget_caller& message) { state.callers.forget(message.secret); },
    [this](const forget_callers& message) { on_ended(message.whose); },
    [this](const hears_endings& message) { state.callers.hears(message.on); },
    [this](const start_generation& message) { start(message); },
    [this](const want_slot& message) { on_want(message.request); },
    [this](const forget_slot& message) { pool(message.request.of_tier).forget(message.request); },
    [this](const moderate& message) { pass_to_moderator(message); },
    [this](const credit_given& message) { pool(message.of_tier).give(message); },
    [this](const credit_withdrawn& message) { pool(message.of_tier).withdraw(message); },
    [this](const weight_changed& message) { pool(message.of_tier).weigh(message); },
    [this](const slot_bounced& message) { on_want(message.request); },
    [this](const cancel_wanted& message) { on_cancel(message.id); },
    [this](const row_ended& message) { on_row_ended(message.id); },
    [this](const row_in_doubt& message) { on_doubt(message.id); },
    [this](const answer_written& message) { state.answered.push_back(message.id); },
    [this](const idle& message) { on_idle(message); },
    [this](const kie_called& message) { on_callback(message); },
    [this](const rows_adopted& message) { on_adopted(*message.rows); },
    [this](const cancels_found& message) {
      for (const auto& id : message.ids)
        on_cancel(id);
    },
    [this](const hints_found& message) {
      for (const auto& hint : message.hints)
        pass_hint({hint.generation, hint.index}, hint.task);
    },
    [this](const rows_owned& message) { on_owned(message.ids); },
    [this](const store_written& message) { state.store.deliver(message); },
    [this](const store_answered& message) { state.store.deliver(message); },
    [this](const resume_row& message) { resume(message); },
    [this](const renew_connection& message) { open_connection(message.to, message.member, true); },
    [this](const drain& message) { on_drain(message); },
    [this](const end_drain&) { on_end_drain(); },
    [this](const sweep&) { on_sweep(); },
  };
}

// -------------------------------------------------------------- supervision

void router_actor::on_down(const caf::down_msg& down) {
  auto node = state.children.extract(down.source.id());
  if (!node)
    return;
  const auto& child = node.mapped();
  switch (child.is) {
  case router_state::child::kind::session:
    state.sessions.erase(child.account);
    break;
  case router_state::child::kind::connection:
    on_connection_down(child.to, child.member);
    break;
  case router_state::child::kind::generation:
    on_generation_down(child.generation, down);
    break;
  }
}

// -------------------------------------------------------------- draining

void router_actor::on_drain(const drain& message) {
  state.draining = message;
  context_->counts->draining = true;
  tell_if_drained();
}

void router_actor::on_end_drain() {
  state.draining.reset();
  context_->counts->draining = false;
}

void router_actor::tell_if_drained() {
  if (state.draining && state.generations.empty())
    send(state.draining->tell, drained{});
}

// -------------------------------------------------------------- the sweep

void router_actor::on_sweep() {
  wake_overdue();
  tell_store();
  measure_queues();
  ask_idle_sessions();
  if (++state.sweeps % 4 == 0) {
    publish_positions();
    publish_lines();
  }
  delayed_send(this, context_->settings.sweep, sweep{});
}

void router_actor::wake_overdue() {
  const auto ticks = now().time_since_epoch().count();
  for (auto& [id, generation] : state.generations)
    if (generation.actor && generation.facts->deadline.load(std::memory_order_relaxed) <= ticks) {
      generation.facts->deadline = live_facts::never;
      send(generation.actor, deadline_passed{});
    }
}

void router_actor::tell_store() {
  if (!state.answered.empty())
    state.store.write(me(), 0, persistence::mark_answered{std::exchange(state.answered, {})}, [](auto&) {});
  if (!state.seen.empty())
    state.store.query<int>(
      me(), [seen = std::exchange(state.seen, {})](persistence::store& s) { return s.touch_sessions(seen); },
      [](auto&) {}); // lossy by design: the next look-up tells it again
}

caf::actor spawn_router(caf::event_based_actor* root, context_ptr context, caf::actor store, upstreams providers,
                        node_id node) {
  return root->spawn<router_actor, caf::monitored>(std::move(context), std::move(store), std::move(providers), node);
}

} // namespace easel::actors
