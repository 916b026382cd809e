#include "actors/generation.hpp"

#include "actors/generation_actor.hpp"
#include "policies/doubling_pause.hpp"
#include "policies/moderation.hpp"

#include <stdexcept>

namespace easel::actors {

namespace {

constexpr auto first_write_pause = std::chrono::milliseconds(50);
constexpr auto longest_write_pause = std::chrono::milliseconds(3200);

} // namespace

generation_actor::generation_actor(caf::actor_config& config, context_ptr context, caf::actor router, caf::actor store,
                                   start_generation start)
    : house_actor<generation_actor_state>(config), context_(std::move(context)) {
  is_kind("generation");
  is_about(start.from.order->id.value);
  works_for(start.from.order->account.value);
  state.store.attach(std::move(store));
  state.router = std::move(router);
  state.session = std::move(start.session);
  state.facts = std::move(start.facts);
  state.from = std::move(start.from);
  const auto& order = *state.from.order;
  state.images.resize(static_cast<std::size_t>(order.plan.images));
  state.job = std::make_shared<const client::image_job>(client::image_job{order.plan, *order.prompt});
}

caf::behavior generation_actor::make_behavior() {
  begin();
  return {
    [this](const moderated& message) { on_moderated(message); },
    [this](const slot_granted& message) { on_slot(message); },
    [this](const drawn& message) { on_drawn(message); },
    [this](const store_written& message) { state.store.deliver(message); },
    [this](const partial_drawn& message) {
      tell_session(partial_arrived{state.from.order->id, message.index, message.partial_index, message.bytes});
    },
    [this](const task_created& message) { on_task_created(message); },
    [this](const task_polled& message) { on_task_polled(message); },
    [this](const task_hinted& message) { on_hint(message); },
    [this](const cancel&) { on_cancel(); },
    [this](const deadline_passed&) { on_deadline(); },
    [this](const moderate_again& message) {
      if (message.attempt == state.moderation_attempts && state.at == generation_state::accepted)
        ask_moderation();
    },
    [this](const image_again& message) { try_again(message.index, message.as); },
    [this](const poll_due& message) {
      if (auto* image = work(message.index); image != nullptr && image->polls == message.poll)
        poll(message.index);
    },
    [this](const write_again& message) { send_write(message.write); },
  };
}

void generation_actor::begin() {
  if (state.from.resumed)
    resume(*state.from.resumed);
  else
    ask_moderation();
  note_stage();
}

// ---------------------------------------------------------------- after a crash or a takeover

void generation_actor::resume(const persistence::resumable& row) {
  state.cancelled = row.cancel_requested; // on whatever way it ends, what was delivered is not kept
  if (row.restarts >= context_->settings.max_restarts) {
    finish(generation_state::failed, failure::restarts_exhausted, false);
    return;
  }
  state.at = row.row.state;
  state.verdict = row.row.verdict;
  if (state.at != generation_state::dispatched) {
    // A verdict is never reused: what was not dispatched is judged again.
    state.at = generation_state::accepted;
    state.verdict.reset();
    if (state.cancelled)
      finish(generation_state::cancelled, failure::cancelled, false);
    else
      ask_moderation();
    return;
  }
  resume_images(row);
}

void generation_actor::resume_images(const persistence::resumable& row) {
  for (const auto& image : row.row.images)
    if (auto* known = work(image.index))
      known->at = phase::stored;
  if (!state.verdict)
    throw std::logic_error("dispatched without a verdict"); // THIRD-3: nothing may go on from such a row
  for (const auto& task : row.tasks) {
    auto* image = work(task.index);
    if (image == nullptr || image->settled())
      continue;
    image->credential = task.credential; // the only one that knows the task, if there is one
    if (task.task.empty()) {
      // The create may have reached the provider: never repeated. Only its callback can still tell.
      image->at = phase::unknown;
      image->deadline = now() + context_->settings.limits.unknown;
    } else {
      task_known(task.index, task.task);
    }
  }
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i)
    if (state.images[static_cast<std::size_t>(i)].at == phase::idle) {
      if (state.cancelled)
        image_failed(i, failure::cancelled);
      else
        want(i);
    }
  set_deadlines();
  settle_if_done();
}

// ---------------------------------------------------------------- moderation

void generation_actor::ask_moderation() {
  if (ends_withdrawn())
    return;
  if (state.moderation_attempts++ == 0)
    state.moderation_deadline = now() + context_->settings.limits.moderation;
  set_deadlines();
  send(state.router, moderate{state.from.order->prompt, reply_for(moderated{}), state.job});
}

void generation_actor::on_moderated(const moderated& message) {
  if (state.at != generation_state::accepted || state.finishing)
    return; // ended meanwhile: the answer to a question that no longer matters
  if (message.result) {
    decide(policies::judge(context_->settings.moderation, *message.result, message.bytes));
    return;
  }
  const auto delay = policies::retry_delay(context_->settings.retry, policies::call_kind::moderation,
                                           message.result.error(), state.moderation_attempts, context_->chance());
  if (delay)
    delayed_send(this, *delay, moderate_again{state.moderation_attempts});
  else
    finish(generation_state::failed, failure::moderation_unavailable, false);
}

void generation_actor::decide(policies::verdict verdict) {
  state.verdict = verdict;
  state.moderation_deadline = moment::max();
  const auto& order = *state.from.order;
  if (verdict.blocked) {
    state.finishing = true;
    write(persistence::block{order.id, state.from.owner, std::move(verdict)}, [this](auto& outcome) {
      if (still_ours(outcome))
        tell_end({persistence::fenced::done, generation_state::blocked, {}, {}}, failure::blocked_input);
    });
    return;
  }
  state.at = *policies::next(state.at, policies::generation_event::verdict_clean);
  tell_session(passed_moderation{order.id, std::move(verdict)});
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i)
    want(i);
  set_deadlines();
}

// ---------------------------------------------------------------- cancel, deadlines

void generation_actor::on_cancel() {
  if (state.finishing || std::exchange(state.cancelled, true))
    return;
  if (!state.dispatching && policies::next(state.at, policies::generation_event::cancel)) {
    finish(generation_state::cancelled, failure::cancelled, false);
    return;
  }
  // Something may be out already. What is not is given up; the rest decides by its outcome.
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i) {
    const auto at = state.images[static_cast<std::size_t>(i)].at;
    if (at == phase::idle || at == phase::wants_slot)
      image_failed(i, failure::cancelled);
  }
}

void generation_actor::on_deadline() {
  if (state.finishing || ends_withdrawn())
    return;
  if (now() >= state.moderation_deadline) {
    finish(generation_state::failed, failure::moderation_unavailable, false);
    return;
  }
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()) && !state.finishing; ++i) {
    auto& image = state.images[static_cast<std::size_t>(i)];
    if (image.settled() || now() < image.deadline)
      continue;
    switch (image.at) {
    case phase::idle:
    case phase::wants_slot:
    case phase::has_slot:
      image_failed(i, failure::upstream_unavailable);
      break;
    case phase::creating:
    case phase::unknown:
      image_failed(i, failure::outcome_unknown);
      break;
    case phase::storing:
      image.deadline = moment::max();
      break; // the write has a limit of its own
    default:
      image_failed(i, failure::upstream_timeout);
      break;
    }
  }
  set_deadlines();
}

void generation_actor::set_deadlines() {
  auto first = state.moderation_deadline;
  for (const auto& image : state.images)
    if (!image.settled())
      first = std::min(first, image.deadline);
  state.facts->set_deadline(first == moment::max() ? live_facts::never : first.time_since_epoch().count());
  is_due(first);
}

// ---------------------------------------------------------------- the end

/// Whoever closed or restricted the account ends its rows as well, on whatever node: it may be done already, and then
/// this is told so. True when it was withdrawn.
bool generation_actor::ends_withdrawn() {
  if (!state.facts->withdrawn)
    return false;
  finish(generation_state::failed, failure::account_closed, false);
  return true;
}

void generation_actor::finish(generation_state to, failure reason, bool strike) {
  if (std::exchange(state.finishing, true))
    return;
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i) {
    auto& image = state.images[static_cast<std::size_t>(i)];
    if (image.at == phase::wants_slot)
      send(state.router, forget_slot{slot_for(i)});
    image.place.reset();
  }
  write(persistence::finish{state.from.order->id, state.from.owner, to, reason, strike, state.cancelled},
        [this, reason](auto& outcome) {
          if (still_ours(outcome))
            tell_end(std::get<persistence::finished>(*outcome), reason);
        });
}

void generation_actor::tell_end(const persistence::finished& outcome, failure reason) {
  state.at = outcome.state;
  state.facts->deadline = live_facts::never;
  is_due(moment::max());
  if (outcome.state == generation_state::completed)
    reason = failure::none;
  const auto slot = static_cast<std::size_t>(outcome.state) - static_cast<std::size_t>(generation_state::completed);
  context_->counts->ended[slot].fetch_add(1, std::memory_order_relaxed);
  const auto& order = *state.from.order;
  context_->counts->stages[static_cast<std::size_t>(order.of_tier)][static_cast<std::size_t>(stage::whole)].add(
    context_->wall_clock() - minted_at(order.id.value));
  tell_session(has_ended{state.from.order->id, outcome.state, reason, outcome.charged, outcome.balance, state.verdict,
                         state.cancelled, context_->wall_clock()});
  quit();
}

void generation_actor::lost_ownership() {
  state.finishing = true;
  tell_session(went_elsewhere{state.from.order->id});
  quit();
}

// ---------------------------------------------------------------- writes

void generation_actor::write(persistence::write command, store_port::write_continuation then, std::size_t weight) {
  const auto ticket = ++state.last_write;
  state.writes.emplace(ticket,
                       generation_actor_state::pending_write{std::move(command), std::move(then),
                                                             now() + context_->settings.limits.store, 0, weight});
  send_write(ticket);
}

void generation_actor::send_write(std::uint64_t ticket) {
  auto it = state.writes.find(ticket);
  if (it == state.writes.end())
    return;
  state.store.write(
    me(), shard(), it->second.command,
    [this, ticket](auto& outcome) {
      auto& pending = state.writes.at(ticket);
      const bool again =
        !outcome && outcome.error().what == persistence::store_error::kind::unavailable && now() < pending.until;
      if (again) {
        // Every write of a generation is fenced and names its row, so a repeat of one that did happen is harmless.
        const auto pause = policies::doubling_pause(first_write_pause, longest_write_pause, pending.repeats++);
        delayed_send(this, pause, write_again{ticket});
        return;
      }
      auto then = std::move(pending.then);
      const bool repeated = pending.repeats > 0;
      state.writes.erase(ticket);
      if (repeated && outcome && !std::holds_alternative<persistence::admitted>(*outcome)) {
        // The first try may have been applied: the row knows, and the router starts us again from it.
        const auto* result = std::get_if<persistence::fenced>(&*outcome);
        const auto* end = std::get_if<persistence::finished>(&*outcome);
        if ((result ? *result : end->result) == persistence::fenced::not_in_state) {
          quit(caf::sec::runtime_error);
          return;
        }
      }
      then(outcome);
    },
    it->second.weight);
}

bool generation_actor::still_ours(const persistence::answer<persistence::write_outcome>& outcome) {
  if (!outcome) {
    quit(caf::sec::runtime_error); // the database refuses or is gone for long: start again from the row, later
    return false;
  }
  const auto* result = std::get_if<persistence::fenced>(&*outcome);
  const auto* end = std::get_if<persistence::finished>(&*outcome);
  switch (result ? *result : end->result) {
  case persistence::fenced::done:
    return true;
  case persistence::fenced::account_closed:
    return true; // the step that can get it looks itself
  case persistence::fenced::stale:
  case persistence::fenced::not_in_state:
    lost_ownership();
    return false;
  }
  return false;
}

slot_request generation_actor::slot_for(std::int16_t index) {
  const auto& order = *state.from.order;
  return {order.of_tier, order.account, order.id, index, state.images[static_cast<std::size_t>(index)].credential,
          me()};
}

image_work* generation_actor::work(std::int16_t index) {
  if (index < 0 || static_cast<std::size_t>(index) >= state.images.size())
    return nullptr;
  return &state.images[static_cast<std::size_t>(index)];
}

caf::actor spawn_generation(caf::event_based_actor* router, context_ptr context, caf::actor store,
                            start_generation start) {
  return router->spawn<generation_actor, caf::monitored>(std::move(context), caf::actor_cast<caf::actor>(router),
                                                         std::move(store), std::move(start));
}

} // namespace easel::actors
