#include "actors/provider_connection.hpp"

#include "actors/observed.hpp"
#include "actors/provider_messages.hpp"
#include "policies/start_window.hpp"

#include <deque>

namespace easel::actors {

namespace {

/// The connection's own notice of how one of its calls ended; the caller has its answer already.
struct call_ended {
  std::optional<policies::upstream_failure> failure;
  policies::call_kind kind = policies::call_kind::moderation;
  duration took{0};
};
struct credit_polled {
  call_result<std::int64_t> result;
};
struct poll_credit {};
struct look_again {
  moment at;
};
/// An operator has written a wish about the credential into its entry of the board.
struct intervened {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::call_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::credit_polled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::poll_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::look_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::intervened)

namespace easel::actors {

namespace {

struct connection_state {
  static inline const char* name = "provider connection";

  policies::breaker health{policies::breaker_policy{}};
  policies::start_window window{0, duration{0}};
  bool funded = true; ///< the upstream's credit is above the floor

  int in_flight = 0;   ///< slots out, or moderation calls running
  int outstanding = 0; ///< credit given to the router and not yet used
  std::uint64_t epoch = 0;
  std::optional<moment> alarm; ///< when a look_again is due
  int weight = 1;              ///< as the router knows it

  std::deque<slot_request> assigned; ///< taken, waiting for the start window; at most `concurrency`
  std::deque<moderate> waiting;      ///< moderation only
};

class provider_connection : public house_actor<connection_state> {
public:
  provider_connection(caf::actor_config& config, context_ptr context, caf::actor router, connection_settings settings,
                      connection_place place, upstream_client client)
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

  caf::behavior make_behavior() override {
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
      [this](const slot_returned&) {
        --state.in_flight;
        start_assigned();
        update_credit();
      },
      [this](const moderate& message) { accept_moderation(message); },
      [this](const draw& message) { run_draw(message); },
      [this](const create_task& message) { run_create(message); },
      [this](const poll_task& message) { run_poll(message); },
      [this](const download_result& message) { run_download(message); },
      [this](const call_ended& message) { note(message); },
      [this](const look_again& message) {
        if (state.alarm != message.at)
          return; // another has taken its place
        state.alarm.reset();
        start_assigned();
        start_moderations();
        update_credit();
      },
      [this](const poll_credit&) { ask_for_credit(); },
      [this](const credit_polled& message) { note_credit(message); },
    };
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    const auto result = house_actor<connection_state>::consume(element);
    show();
    return result;
  }

private:
  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] bool healthy() { return state.funded && !paused() && state.health.admits(now()); }

  // -------------------------------------------------------------- operators

  [[nodiscard]] static std::optional<moment> time_of(const std::atomic<std::int64_t>& ticks) {
    const auto until = ticks.load(std::memory_order_relaxed);
    return until == upstream_vitals::never ? std::nullopt : std::optional(moment(std::chrono::nanoseconds(until)));
  }
  [[nodiscard]] std::optional<moment> paused_until() const { return time_of(shown_->paused_until); }
  [[nodiscard]] bool paused() {
    const auto until = paused_until();
    return until && now() < *until;
  }
  [[nodiscard]] bool drains() { return paused() && shown_->drains.load(std::memory_order_relaxed); }

  // Wishes outlive the connection: one that was started anew heeds them as well.
  void heed_breaker() {
    if (shown_->reset_wanted.exchange(false))
      state.health = policies::breaker(context_->settings.breaker);
    if (const auto until = time_of(shown_->opened_until); until && now() < *until)
      state.health.hold_open(*until);
  }
  void heed_weight() {
    const int wanted = shown_->weight.load(std::memory_order_relaxed);
    if (place_.to != recipient::openai_moderation && std::exchange(state.weight, wanted) != wanted)
      send(router_, weight_changed{place_.of_tier, place_.member, wanted});
  }

  void on_intervention() {
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

  void appear() {
    shown_->actor = id();
    shown_->on_intervention([self = address()] {
      if (auto alive = caf::actor_cast<caf::actor>(self))
        caf::anon_send(alive, intervened{});
    });
  }

  // What the console shows: a handful of stores without order between them.
  void show() {
    using health = upstream_vitals::health;
    using phase = policies::breaker::phase;
    const auto relaxed = std::memory_order_relaxed;
    const auto time = now();
    const auto at = state.health.at(time);
    shown_->breaker.store(at == phase::closed ? health::closed
                          : at == phase::open ? health::open
                                              : health::half_open,
                          relaxed);
    const auto until = state.health.opens_for_probe_at();
    shown_->open_until.store(until ? until->time_since_epoch().count() : upstream_vitals::never, relaxed);
    shown_->in_flight.store(state.in_flight, relaxed);
    shown_->waiting.store(static_cast<int>(state.assigned.size() + state.waiting.size()), relaxed);
    shown_->credit.store(state.outstanding, relaxed);
    shown_->window_used.store(state.window.used(time), relaxed);
    shown_->funded.store(state.funded, relaxed);
    is_at(drains()                    ? (state.in_flight > 0 ? "draining" : "drained")
          : paused()                  ? "paused by an operator"
          : !state.funded             ? "out of upstream credit"
          : at == phase::open         ? "cooling down"
          : at == phase::half_open    ? "probing"
          : state.window.admits(time) ? "taking calls"
                                      : "waiting for its start window");
  }

  // -------------------------------------------------------------- slots

  void take(const assign& message) {
    if (!message.request.credential.empty()) {
      // A task that runs upstream already: asking about it starts nothing, so neither window nor health stand in its
      // way.
      ++state.in_flight;
      grant(message.request);
      return;
    }
    if (message.epoch != state.epoch) { // its credit was taken back meanwhile
      send(router_, slot_bounced{message.request});
      return;
    }
    --state.outstanding; // spent, also when nothing may start now: otherwise this place would be lost for good
    if (!healthy()) {
      send(router_, slot_bounced{message.request});
      return;
    }
    ++state.in_flight;
    state.assigned.push_back(message.request);
    start_assigned();
  }

  void start_assigned() {
    while (!state.assigned.empty()) {
      if (!state.window.admits(now())) {
        wake_at(state.window.next(now()));
        return;
      }
      auto request = std::move(state.assigned.front());
      state.assigned.pop_front();
      state.window.started(now());
      grant(request);
    }
  }

  void grant(const slot_request& request) {
    send(request.reply_to, slot_granted{request.index, std::make_shared<slot>(me(), settings_.label, place_.to)});
  }

  // Gives the router as much credit as may start; takes all of it back when nothing may.
  void update_credit() {
    if (place_.to == recipient::openai_moderation)
      return;
    if (!healthy()) {
      if (state.outstanding > 0) {
        state.outstanding = 0;
        send(router_, credit_withdrawn{place_.of_tier, place_.member, ++state.epoch});
      }
      if (paused())
        wake_at(*paused_until());
      else if (auto at = state.health.opens_for_probe_at())
        wake_at(*at);
      return;
    }
    const bool probing = state.health.at(now()) == policies::breaker::phase::half_open;
    const int most = probing ? 1 : settings_.concurrency;
    const int more = most - state.in_flight - state.outstanding;
    if (more <= 0)
      return;
    state.outstanding += more;
    send(router_, credit_given{place_.of_tier, place_.member, more, state.epoch});
  }

  // One alarm at a time. An earlier one takes the place of a later one: a pause of an hour that was ended must not hide
  // that a breaker's probe is due in seconds.
  void wake_at(moment at) {
    if (state.alarm && *state.alarm <= at && now() < *state.alarm)
      return;
    state.alarm = at;
    const auto wait = std::max(at - now(), moment::duration(std::chrono::milliseconds(1)));
    delayed_send(this, std::chrono::duration_cast<caf::timespan>(wait), look_again{at});
  }

  // -------------------------------------------------------------- health

  void note(const call_ended& message) {
    shown_->calls.fetch_add(1, std::memory_order_relaxed);
    shown_->latency[static_cast<std::size_t>(message.kind)].add(message.took);
    if (message.failure) {
      const auto what = static_cast<std::size_t>(message.failure->what);
      shown_->failures[what].fetch_add(1, std::memory_order_relaxed);
      shown_->last_failure.store(static_cast<int>(what), std::memory_order_relaxed);
      shown_->last_failure_at.store(now().time_since_epoch().count(), std::memory_order_relaxed);
    }
    if (message.failure)
      state.health.failed(*message.failure, now());
    else
      state.health.succeeded(now());
    if (place_.to == recipient::openai_moderation) {
      --state.in_flight;
      start_moderations();
    } else {
      if (!healthy())
        bounce_assigned();
      update_credit();
    }
  }

  void bounce_assigned() {
    for (auto& request : std::exchange(state.assigned, {})) {
      --state.in_flight;
      send(router_, slot_bounced{std::move(request)});
    }
  }

  void ask_for_credit() {
    if (auto* tasks = std::get_if<std::shared_ptr<client::task_client>>(&client_))
      (*tasks)->credit([self = me()](auto result) { caf::anon_send(self, credit_polled{std::move(result)}); });
    delayed_send(this, settings_.credit_interval, poll_credit{});
  }

  // An upstream that does not tell its credit is not taken for empty: its calls will say so themselves.
  void note_credit(const credit_polled& message) {
    if (message.result) {
      state.funded = *message.result >= settings_.credit_floor;
      shown_->upstream_credit.store(*message.result, std::memory_order_relaxed);
    }
    if (!state.funded)
      bounce_assigned();
    update_credit();
  }

  // -------------------------------------------------------------- calls

  // The caller's answer and the connection's own notice leave together from the transport's thread, so an answer
  // reaches its generation even if this actor has died meanwhile.
  template <class T, class Reply>
  auto completion(policies::call_kind kind, std::shared_ptr<Reply> reply) {
    reply->leaving();
    return [reply = std::move(reply), self = me(), runnable = runnable_, kind,
            since = std::chrono::steady_clock::now()](call_result<T> result) {
      const lend_thread lent(runnable);
      std::optional<policies::upstream_failure> failure;
      if (!result)
        failure = result.error();
      const auto took = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - since);
      caf::anon_send(self, call_ended{std::move(failure), kind, took});
      reply->answer(std::move(result));
    };
  }

  [[nodiscard]] bool holds_lease() {
    const auto until = context_->counts->lease_until.load(std::memory_order_relaxed);
    return std::chrono::nanoseconds(now().time_since_epoch()).count() < until;
  }

  [[nodiscard]] static policies::upstream_failure lease_in_doubt() {
    return {policies::failure_class::not_sent, std::nullopt, "lease_in_doubt"};
  }

  // Only the very bytes that moderation judged may leave (THIRD-3), and only while their row is surely ours.
  template <class Reply>
  bool may_leave(const client::image_job& job, const digest& cleared, Reply& reply) {
    if (!holds_lease()) {
      reply.answer(easel::unexpected(lease_in_doubt()));
      return false;
    }
    if (context_->keys->keyed_hash(persistence::hash_purpose::moderated_prompt, job.prompt.reveal()) == cleared)
      return true;
    reply.answer(easel::unexpected(
      policies::upstream_failure{policies::failure_class::our_request, std::nullopt, "unmoderated_bytes"}));
    return false;
  }

  void run_draw(const draw& message) {
    if (!may_leave(*message.job, message.cleared, *message.reply))
      return;
    state.health.started(now());
    auto& drawing = std::get<std::shared_ptr<client::drawing_client>>(client_);
    auto partial = [to = message.partials, index = message.index](int partial_index, blob bytes) {
      caf::anon_send(to, partial_drawn{index, partial_index, std::move(bytes)});
    };
    drawing->draw(*message.job, std::move(partial),
                  completion<client::drawn_image>(policies::call_kind::free_generation, message.reply));
  }

  void run_create(const create_task& message) {
    if (!may_leave(*message.job, message.cleared, *message.reply))
      return;
    state.health.started(now());
    auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
    tasks->create(*message.job, message.callback_url,
                  completion<std::string>(policies::call_kind::paid_create, message.reply));
  }

  void run_poll(const poll_task& message) {
    state.health.started(now());
    auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
    tasks->poll(message.task, completion<client::task_status>(policies::call_kind::paid_poll, message.reply));
  }

  void run_download(const download_result& message) {
    state.health.started(now());
    auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
    tasks->download(message.url, completion<client::drawn_image>(policies::call_kind::result_download, message.reply));
  }

  // -------------------------------------------------------------- moderation

  void accept_moderation(const moderate& message) {
    state.waiting.push_back(message);
    start_moderations();
  }

  // Fail closed, at once: the generation decides whether to ask again.
  void refuse_moderation(const moderate& message) {
    message.reply->answer(easel::unexpected(
      policies::upstream_failure{policies::failure_class::unavailable, std::nullopt, "breaker_open"}));
  }

  // The line needs no bound of its own: it holds at most one entry per live generation, and those are bounded.
  void start_moderations() {
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
      if (!holds_lease()) {
        next.reply->answer(easel::unexpected(lease_in_doubt()));
        continue;
      }
      state.window.started(now());
      state.health.started(now());
      ++state.in_flight;
      next.reply->base().bytes =
        context_->keys->keyed_hash(persistence::hash_purpose::moderated_prompt, next.prompt->reveal());
      (*api)->moderate(*next.prompt,
                       completion<policies::moderation_scores>(policies::call_kind::moderation, next.reply));
    }
  }

  context_ptr context_;
  caf::actor router_;
  connection_settings settings_;
  connection_place place_;
  upstream_client client_;
  run_queue_ptr runnable_;
  std::shared_ptr<upstream_vitals> shown_;
};

} // namespace

caf::actor spawn_provider_connection(caf::event_based_actor* router, context_ptr context, connection_settings settings,
                                     connection_place place, upstream_client client) {
  return router->spawn<provider_connection, caf::monitored>(std::move(context), caf::actor_cast<caf::actor>(router),
                                                            std::move(settings), place, std::move(client));
}

} // namespace easel::actors
