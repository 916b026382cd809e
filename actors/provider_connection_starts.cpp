#include "actors/provider_connection_actor.hpp"

#include "policies/pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace easel::actors {

// -------------------------------------------------------------- images

void provider_connection::take(const assign& message) {
  auto& assigned = *message.what;
  if (!assigned.request().credential.empty()) {
    // A task that runs upstream already: asking about it starts nothing, so neither window nor health stand in its
    // way.
    ++state.in_flight;
    grant(assigned.request());
    assigned.settled();
    return;
  }
  if (message.epoch != state.epoch) { // its credit was taken back meanwhile
    bounce(assigned);
    return;
  }
  --state.outstanding; // spent, also when nothing may start now: otherwise this place would be lost for good
  if (!healthy()) {
    bounce(assigned);
    return;
  }
  ++state.in_flight;
  state.assigned.push_back(message.what);
  start_assigned();
}

void provider_connection::start_assigned() {
  while (!state.assigned.empty()) {
    if (!state.window.admits(now())) {
      wake_at(state.window.next(now()));
      return;
    }
    const auto next = std::move(state.assigned.front());
    state.assigned.pop_front();
    state.window.started(now());
    grant(next->request());
    next->settled();
  }
}

void provider_connection::grant(const slot_request& request) {
  send(request.reply_to, slot_granted{request.index, std::make_shared<slot>(me(), settings_.label, place_.to)});
}

void provider_connection::bounce(assignment& what) {
  send(router_, slot_bounced{what.request()});
  what.settled();
}

void provider_connection::bounce_assigned() {
  for (const auto& one : std::exchange(state.assigned, {})) {
    --state.in_flight;
    bounce(*one);
  }
}

void provider_connection::on_slot_returned() {
  --state.in_flight;
  start_assigned();
  update_credit();
}

// Gives the router as much credit as may start; takes all of it back when nothing may.
void provider_connection::update_credit() {
  if (moderates())
    return;
  if (!healthy()) {
    if (state.outstanding > 0) {
      state.outstanding = 0;
      send(router_, credit_withdrawn{place_.of_tier, place_.member, ++state.epoch});
    }
    if (const auto until = pause_end())
      wake_at(*until);
    else if (auto at = state.health.opens_for_probe_at())
      wake_at(*at);
    return;
  }
  const bool probing = state.health.at(now()) == policies::breaker::phase::half_open;
  const int more = policies::more_starts(settings_.concurrency, probing, state.in_flight, state.outstanding);
  if (more == 0)
    return;
  state.outstanding += more;
  send(router_, credit_given{place_.of_tier, place_.member, more, state.epoch});
}

// One alarm at a time. An earlier one takes the place of a later one: a pause of an hour that was ended must not hide
// that a breaker's probe is due in seconds.
void provider_connection::wake_at(moment at) {
  if (state.alarm && *state.alarm <= at && now() < *state.alarm)
    return;
  state.alarm = at;
  const auto wait = std::max(at - now(), moment::duration(std::chrono::milliseconds(1)));
  delayed_send(this, std::chrono::duration_cast<caf::timespan>(wait), look_again{at});
}

void provider_connection::on_alarm(moment at) {
  if (state.alarm != at)
    return; // another has taken its place
  state.alarm.reset();
  start_assigned();
  start_moderations();
  update_credit();
}

// -------------------------------------------------------------- moderation

void provider_connection::accept_moderation(const moderate& message) {
  state.waiting.push_back(message);
  start_moderations();
}

// Fail closed, at once: the generation decides whether to ask again.
void provider_connection::refuse_moderation(const moderate& message) {
  message.reply->answer(
    easel::unexpected(policies::upstream_failure{policies::failure_class::unavailable, std::nullopt, "breaker_open"}));
}

// The line needs no bound of its own: it holds at most one entry per live generation, and those are bounded.
void provider_connection::start_moderations() {
  auto* api = std::get_if<std::shared_ptr<client::moderation_client>>(&client_);
  if (api == nullptr)
    return;
  while (!state.waiting.empty() && state.in_flight < settings_.concurrency) {
    if (!healthy()) {
      for (auto& sick : std::exchange(state.waiting, {}))
        refuse_moderation(sick);
      return;
    }
    if (!state.window.admits(now())) {
      wake_at(state.window.next(now()));
      return;
    }
    auto next = std::move(state.waiting.front());
    state.waiting.pop_front();
    if (next.asker.expired())
      continue; // cancelled, restricted or deleted while it stood in line
    run_moderation(next, **api);
  }
}

} // namespace easel::actors
