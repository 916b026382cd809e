#include "actors/root_actor.hpp"

#include "actors/access_log.hpp"
#include "actors/call_messages.hpp"
#include "actors/node.hpp"
#include "actors/node_messages.hpp"

#include <algorithm>
#include <utility>

namespace easel::actors {

root_actor::root_actor(caf::actor_config& config, context_ptr context, open_store open, open_revocations hear,
                       upstreams providers, google_parts google, std::shared_ptr<entrance> door,
                       std::vector<lone_actor> alone)
    : house_actor<root_state>(config),
      context_(std::move(context)),
      open_(std::move(open)),
      hear_(std::move(hear)),
      providers_(std::move(providers)),
      google_(std::move(google)),
      door_(std::move(door)),
      alone_(std::move(alone)) {
  is_kind("root");
  set_down_handler([this](caf::down_msg& down) { on_down(down); });
}

caf::invoke_message_result root_actor::consume(caf::mailbox_element& element) {
  const auto result = house_actor<root_state>::consume(element);
  tell_control();
  return result;
}

caf::behavior root_actor::make_behavior() {
  hear_wishes();
  open_log();
  state.alone.resize(alone_.size());
  for (std::size_t i = 0; i < alone_.size(); ++i)
    open_lone(i);
  start();
  return {
    [this](const start_house& message) {
      // The end of one life may be noticed twice; it is followed by one start.
      if (message.after_life == state.life && state.at == phase::falling)
        start();
    },
    [this](const joined& message) { on_joined(message.node); },
    [this](const reopen_log&) { open_log(); },
    [this](const renew_lone& message) {
      if (!state.stop_wanted)
        open_lone(message.which);
    },
    [this](const renew_sign_in& message) {
      if (message.life == state.life && policies::is_serving(state.at) && !state.sign_in)
        open_sign_in();
    },
    [this](const renew_listener& message) {
      if (message.life == state.life && policies::is_serving(state.at) && !state.listener)
        open_listener();
    },
    [this](const close_house&) { on_shut_down(); },
    [this](const close_access_log&) { on_close_log(); },
    [this](const drained&) { leave_cluster(); },
    [this](const drain_over& message) {
      if (message.which == state.drains)
        leave_cluster();
    },
    [this](const drain_wished& message) {
      if (message.span)
        on_drain(*message.span);
      else
        on_resume();
    },
    [this](const drain_expired& message) {
      if (message.which == state.drains)
        on_resume();
    },
    [this](const left&) { end_children(); },
    [this](const leave_over& message) {
      if (message.life == state.life)
        end_children();
    },
  };
}

// -------------------------------------------------------------- a life begins

void root_actor::start() {
  ++state.life;
  state.at = phase::starting;
  is_at("starting");
  context_->counts->draining = false; // a life before may have been drained
  state.started = clock().now();
  state.store = spawn_store(this, context_->settings, open_);
  state.node = spawn_node(this, context_, state.store);
}

void root_actor::on_joined(node_id node) {
  if (state.at != phase::starting)
    return;
  state.at = phase::running;
  is_at("running");
  state.router = spawn_router(this, context_, state.store, providers_, node);
  send(state.node, serve_router{state.router});
  door_->open(state.router);
  open_sign_in();
  open_listener();
  if (state.drained_until)
    begin_drain(); // wished while there was nothing to drain
}

void root_actor::open_sign_in() {
  state.sign_in = spawn_sign_in(this, context_, state.store, state.router, google_);
  door_->serve_sign_in(state.sign_in);
}

void root_actor::open_listener() {
  if (hear_)
    state.listener = spawn_revocation_listener(this, context_, hear_, state.router);
}

// -------------------------------------------------------------- one falls, all fall

void root_actor::on_down(const caf::down_msg& down) {
  if (state.log && state.log == down.source) {
    on_log_down();
    return;
  }
  const auto lone = std::find_if(state.alone.begin(), state.alone.end(),
                                 [&](const auto& each) { return each && each->address() == down.source; });
  if (lone != state.alone.end()) {
    on_lone_down(static_cast<std::size_t>(lone - state.alone.begin()));
    return;
  }
  if (state.sign_in && state.sign_in->address() == down.source)
    on_sign_in_down();
  else if (state.listener && state.listener->address() == down.source)
    on_listener_down();
  else
    on_part_down(down);
  if (nothing_lives())
    all_down();
}

void root_actor::on_part_down(const caf::down_msg& down) {
  for (auto* child : {&state.store, &state.node, &state.router})
    if (*child && child->address() == down.source)
      *child = nullptr;
  switch (policies::when_part_is_lost(state.at)) {
  case policies::after_loss::fall:
    fall();
    break;
  case policies::after_loss::leave:
    leave_cluster();
    break;
  case policies::after_loss::nothing:
    break;
  }
}

void root_actor::on_sign_in_down() {
  state.sign_in = nullptr;
  if (!policies::is_serving(state.at))
    return;
  door_->serve_sign_in(nullptr);
  delayed_send(this, before_replacing, renew_sign_in{state.life});
}

void root_actor::on_listener_down() {
  state.listener = nullptr;
  if (!policies::is_serving(state.at))
    return;
  send(state.router, hears_endings{false});
  delayed_send(this, before_replacing, renew_listener{state.life});
}

bool root_actor::nothing_lives() const {
  return !state.store && !state.node && !state.router && !state.sign_in && !state.listener;
}

void root_actor::fall() {
  door_->close();
  state.failures = policies::failures_after(state.failures, clock().now() - state.started);
  state.at = phase::falling;
  is_at("starting over");
  give_up();
}

void root_actor::all_down() {
  switch (policies::when_all_have_ended(state.at, state.stop_wanted, state.drained_until.has_value())) {
  case policies::next_life::never:
    state.at = phase::over;
    state.end_alone();
    door_->finished();
    if (!state.log)
      quit();
    break;
  case policies::next_life::at_once:
    start();
    break;
  case policies::next_life::after_pause:
    delayed_send(this, policies::restart_pause(state.failures), start_house{state.life});
    break;
  case policies::next_life::none:
    break;
  }
}

caf::actor spawn_root(caf::actor_system& system, context_ptr context, open_store open, open_revocations hear,
                      upstreams providers, google_parts google, std::shared_ptr<entrance> door,
                      std::vector<lone_actor> alone) {
  return system.spawn<root_actor>(std::move(context), std::move(open), std::move(hear), std::move(providers),
                                  std::move(google), std::move(door), std::move(alone));
}

} // namespace easel::actors
