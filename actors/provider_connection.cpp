#include "actors/provider_connection_actor.hpp"

#include <chrono>
#include <utility>

namespace easel::actors {

namespace {

std::optional<moment> time_of(const std::atomic<std::int64_t>& ticks) {
  const auto until = ticks.load(std::memory_order_relaxed);
  return until == upstream_vitals::never ? std::nullopt : std::optional(moment(std::chrono::nanoseconds(until)));
}

} // namespace

provider_connection::provider_connection(caf::actor_config& config, context_ptr context, caf::actor router,
                                         connection_settings settings, connection_place place, upstream_client client)
    : house_actor<connection_state>(config),
      context_(std::move(context)),
      router_(std::move(router)),
      settings_(std::move(settings)),
      place_(place),
      client_(std::move(client)),
      runnable_(house_run_queue(home_system())),
      shown_(house_upstreams(home_system()).of(place.to, settings_)) {
  is_kind("provider connection");
  state.health = policies::breaker(context_->settings.breaker);
  state.window = policies::start_window(settings_.starts_per_window, settings_.window);
  state.epoch = place.epoch;
  state.weight = settings_.weight;
}

caf::behavior provider_connection::make_behavior() {
  appear();
  heed_breaker();
  heed_weight();
  update_credit();
  show();
  if (settings_.credit_floor > 0)
    send(this, poll_credit{});
  return {
    [this](const intervened&) { on_intervention(); },
    [this](const assign& message) { take(message); },
    [this](const slot_returned&) { on_slot_returned(); },
    [this](const moderate& message) { accept_moderation(message); },
    [this](const draw& message) { run_draw(message); },
    [this](const create_task& message) { run_create(message); },
    [this](const poll_task& message) { run_poll(message); },
    [this](const download_result& message) { run_download(message); },
    [this](const call_ended& message) { note(message); },
    [this](const look_again& message) { on_alarm(message.at); },
    [this](const poll_credit&) { ask_for_credit(); },
    [this](const credit_polled& message) { note_credit(message); },
  };
}

caf::invoke_message_result provider_connection::consume(caf::mailbox_element& element) {
  const auto result = house_actor<connection_state>::consume(element);
  show();
  return result;
}

// -------------------------------------------------------------- operators

void provider_connection::appear() {
  shown_->actor = id();
  shown_->on_intervention([self = address()] {
    if (auto alive = caf::actor_cast<caf::actor>(self))
      caf::anon_send(alive, intervened{});
  });
}

void provider_connection::on_intervention() {
  heed_breaker();
  heed_weight();
  if (drains())
    for (auto& elsewhere : std::exchange(state.waiting, {}))
      send(router_, std::move(elsewhere));
  if (!healthy())
    bounce_assigned();
  start_assigned();
  start_moderations();
  update_credit();
}

// Wishes outlive the connection: one that was started anew heeds them as well.
void provider_connection::heed_breaker() {
  if (shown_->reset_wanted.exchange(false))
    state.health = policies::breaker(context_->settings.breaker);
  if (const auto until = time_of(shown_->opened_until); until && now() < *until)
    state.health.hold_open(*until);
}

void provider_connection::heed_weight() {
  const int wanted = shown_->weight.load(std::memory_order_relaxed);
  if (!moderates() && std::exchange(state.weight, wanted) != wanted)
    send(router_, weight_changed{place_.of_tier, place_.member, wanted});
}

/// When an operator's pause ends, while there is one. Others write it at any time: whoever needs the moment takes it
/// from one look.
std::optional<moment> provider_connection::pause_end() {
  const auto until = time_of(shown_->paused_until);
  return until && now() < *until ? until : std::nullopt;
}

bool provider_connection::drains() { return pause_end() && shown_->drains.load(std::memory_order_relaxed); }

bool provider_connection::healthy() { return state.funded && !pause_end() && state.health.admits(now()); }

// What the console shows: a handful of stores without order between them.
void provider_connection::show() {
  using health = upstream_vitals::health;
  using phase = policies::breaker::phase;
  const auto relaxed = std::memory_order_relaxed;
  const auto at = state.health.at(now());
  shown_->breaker.store(at == phase::closed ? health::closed
                        : at == phase::open ? health::open
                                            : health::half_open,
                        relaxed);
  const auto until = state.health.opens_for_probe_at();
  shown_->open_until.store(until ? until->time_since_epoch().count() : upstream_vitals::never, relaxed);
  shown_->in_flight.store(state.in_flight, relaxed);
  shown_->waiting.store(static_cast<int>(state.assigned.size() + state.waiting.size()), relaxed);
  shown_->credit.store(state.outstanding, relaxed);
  shown_->window_used.store(state.window.used(now()), relaxed);
  shown_->funded.store(state.funded, relaxed);
  is_at(doing());
}

const char* provider_connection::doing() {
  using phase = policies::breaker::phase;
  const auto at = state.health.at(now());
  if (drains())
    return state.in_flight > 0 ? "draining" : "drained";
  if (pause_end())
    return "paused by an operator";
  if (!state.funded)
    return "out of upstream credit";
  if (at == phase::open)
    return "cooling down";
  if (at == phase::half_open)
    return "probing";
  return state.window.admits(now()) ? "taking calls" : "waiting for its start window";
}

// -------------------------------------------------------------- health

void provider_connection::note(const call_ended& message) {
  count(message);
  if (message.failure)
    state.health.failed(*message.failure, now());
  else
    state.health.succeeded(now());
  if (moderates()) {
    --state.in_flight;
    start_moderations();
  } else {
    if (!healthy())
      bounce_assigned();
    update_credit();
  }
}

void provider_connection::count(const call_ended& message) {
  shown_->calls.fetch_add(1, std::memory_order_relaxed);
  shown_->latency[static_cast<std::size_t>(message.kind)].add(message.took);
  if (message.failure) {
    const auto what = static_cast<std::size_t>(message.failure->what);
    shown_->failures[what].fetch_add(1, std::memory_order_relaxed);
    shown_->last_failure.store(static_cast<int>(what), std::memory_order_relaxed);
    shown_->last_failure_at.store(now().time_since_epoch().count(), std::memory_order_relaxed);
  }
}

void provider_connection::ask_for_credit() {
  if (auto* tasks = std::get_if<std::shared_ptr<client::task_client>>(&client_))
    (*tasks)->credit([self = me()](auto result) { caf::anon_send(self, credit_polled{std::move(result)}); });
  delayed_send(this, settings_.credit_interval, poll_credit{});
}

// An upstream that does not tell its credit is not taken for empty: its calls will say so themselves.
void provider_connection::note_credit(const credit_polled& message) {
  if (message.result) {
    state.funded = *message.result >= settings_.credit_floor;
    shown_->upstream_credit.store(*message.result, std::memory_order_relaxed);
  }
  if (!state.funded)
    bounce_assigned();
  update_credit();
}

caf::actor spawn_provider_connection(caf::event_based_actor* router, context_ptr context, connection_settings settings,
                                     connection_place place, upstream_client client) {
  return router->spawn<provider_connection, caf::monitored>(std::move(context), caf::actor_cast<caf::actor>(router),
                                                            std::move(settings), place, std::move(client));
}

} // namespace easel::actors
