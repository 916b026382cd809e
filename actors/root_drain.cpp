#include "actors/root_actor.hpp"

#include "actors/call_messages.hpp"
#include "actors/node_messages.hpp"

#include <utility>

namespace easel::actors {

namespace {

constexpr auto leave_limit = std::chrono::seconds(2); ///< for giving the lease up

} // namespace

// -------------------------------------------------------------- out of service for a while

void root_actor::hear_wishes() {
  context_->node->on_wish([self = address()](std::optional<std::chrono::minutes> span) {
    if (auto alive = caf::actor_cast<caf::actor>(self))
      caf::anon_send(alive, drain_wished{span});
  });
}

void root_actor::on_drain(std::chrono::minutes span) {
  if (state.stop_wanted || state.drained_until)
    return;
  state.drained_until = clock().now() + span;
  delayed_send(this, span, drain_expired{++state.drains});
  if (state.at == phase::running)
    begin_drain();
}

// What has begun to be handed over is handed over first; `all_down` starts anew then.
void root_actor::on_resume() {
  if (state.stop_wanted || !state.drained_until)
    return;
  state.drained_until.reset();
  ++state.drains;
  if (state.at == phase::draining) {
    state.at = phase::running;
    is_at("running");
    send(state.router, end_drain{});
  } else if (state.at == phase::drained && nothing_lives()) {
    start();
  }
}

void root_actor::begin_drain() {
  state.at = phase::draining;
  is_at("draining");
  send(state.router, drain{me()});
  delayed_send(this, context_->settings.drain, drain_over{state.drains});
}

void root_actor::tell_control() {
  using shown = node_control::phase;
  const auto relaxed = std::memory_order_relaxed;
  const auto now = state.stop_wanted             ? shown::ending
                   : state.at == phase::running  ? shown::serving
                   : state.at == phase::draining ? shown::draining
                   : state.at == phase::leaving  ? shown::handing_over
                   : state.at == phase::drained  ? shown::drained
                                                 : shown::starting;
  const auto until = state.drained_until ? state.drained_until->time_since_epoch().count() : node_control::never;
  context_->node->at.store(now, relaxed);
  context_->node->resumes_at.store(until, relaxed);
}

// -------------------------------------------------------------- the end of a life, and of the house

void root_actor::on_shut_down() {
  if (std::exchange(state.stop_wanted, true))
    return;
  if (state.at == phase::draining)
    return; // for an operator: what that began ends with the process
  if (state.at != phase::running) {
    state.at = phase::leaving;
    end_children();
    return;
  }
  ++state.drains;
  begin_drain();
}

void root_actor::leave_cluster() {
  if (state.at != phase::draining)
    return;
  state.at = phase::leaving;
  door_->close();
  give_up();
}

// With the lease given up, the next life takes its rows over at once instead of waiting until it runs out.
void root_actor::give_up() {
  if (state.node && state.store) {
    send(state.node, give_up_lease{});
    delayed_send(this, leave_limit, leave_over{state.life});
  } else {
    end_children();
  }
}

void root_actor::end_children() {
  if (state.at == phase::leaving) {
    state.at = state.stop_wanted ? phase::over : phase::drained;
    is_at(state.stop_wanted ? "ending" : "drained by an operator");
  }
  // Ahead of whatever waits in the mailboxes: none of it is this life's work any more.
  for (auto* child : {&state.listener, &state.sign_in, &state.router, &state.node, &state.store})
    if (*child)
      caf::anon_send<caf::message_priority::high>(
        *child, caf::exit_msg{address(), caf::make_error(caf::exit_reason::user_shutdown)});
  if (nothing_lives())
    all_down();
}

} // namespace easel::actors
