#include "actors/billing_office.hpp"

#include "actors/billing_messages.hpp"
#include "actors/billing_prices.hpp"
#include "actors/billing_reconciler.hpp"
#include "actors/observed.hpp"

#include <algorithm>
#include <thread>

namespace easel::actors {

namespace {

struct write_deliveries {};
struct next_turn {};
struct reconcile_now {};
struct replace_child {
  std::size_t place = 0;
};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::write_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::next_turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::reconcile_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::replace_child)

namespace easel::actors {

namespace {

constexpr std::size_t largest_write = 500; ///< deliveries in one statement
constexpr int most_at_once = 50;           ///< months, and endings, of one turn
constexpr auto replace_pause = std::chrono::seconds(1);
constexpr auto price_check_pause = std::chrono::seconds(30); ///< until the catalogue agrees with Stripe
constexpr auto health_every = std::chrono::seconds(5);
constexpr auto sweep_every = std::chrono::hours(1);
constexpr int sweep_batch = 1000;
constexpr int most_sweeps = 20;                    ///< in a row; what is left waits for the next hour
constexpr auto stand_by = std::chrono::seconds(2); ///< between attempts to lead

using policies::stripe::delivery;

/// What each of them has: a connection of its own, and Stripe.
class billing_worker {
public:
  billing_worker(context_ptr context, billing_entrance_ptr way)
      : context_(std::move(context)),
        way_(std::move(way)),
        stripe_(way_->parts.client, settings().call_timeout, way_->stop),
        books_(way_->parts.open_books()) {}

  [[nodiscard]] const policies::billing_settings& settings() const { return context_->settings.billing; }
  [[nodiscard]] persistence::billing_store& books() { return *books_; }
  [[nodiscard]] const stripe_asker& stripe() const { return stripe_; }
  [[nodiscard]] billing_counts& counts() { return *way_->counts; }
  [[nodiscard]] bool is_stopped() const { return *way_->stop; }

private:
  context_ptr context_;
  billing_entrance_ptr way_;
  stripe_asker stripe_;
  std::unique_ptr<persistence::billing_store> books_;
};

// ---------------------------------------------------------------- the inbox

struct inbox_state {
  static inline const char* name = "billing inbox";
  std::vector<std::shared_ptr<waiting_delivery>> waiting;
  bool alarmed = false;
};

/// Gathers what waits and writes it as one statement; under load the batch grows by itself.
class inbox_actor : public house_actor<inbox_state> {
public:
  inbox_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way, caf::actor clerk)
      : house_actor<inbox_state>(config), worker_(std::move(context), std::move(way)), clerk_(std::move(clerk)) {
    is_kind("billing inbox");
  }

  caf::behavior make_behavior() override {
    return {
      [this](keep_delivery& message) {
        state.waiting.push_back(std::move(message.what));
        if (state.waiting.size() >= largest_write)
          write();
        else if (!std::exchange(state.alarmed, true))
          send(this, write_deliveries{}); // goes behind everything that waits already
      },
      [this](const write_deliveries&) {
        state.alarmed = false;
        write();
      },
    };
  }

private:
  void write() {
    const auto batch = std::exchange(state.waiting, {});
    if (batch.empty())
      return;
    std::vector<policies::stripe::event> events;
    events.reserve(batch.size());
    for (const auto& each : batch)
      events.push_back(each->event);
    const auto kept = worker_.books().keep(events, false);
    if (kept) {
      for (std::size_t i = 0; i < batch.size(); ++i)
        batch[i]->answer((*kept)[i] ? delivery::stored : delivery::repeated);
      send(clerk_, events_wait{});
      return;
    }
    // One of them may hold what no column takes: the others must not suffer from it.
    const bool is_refused = kept.error().what == persistence::store_error::kind::refused;
    for (const auto& each : batch)
      each->answer(is_refused ? write_one(each->event) : delivery::unavailable);
  }

  delivery write_one(const policies::stripe::event& event) {
    const auto kept = worker_.books().keep(std::span(&event, 1), false);
    if (kept)
      return kept->front() ? delivery::stored : delivery::repeated;
    return kept.error().what == persistence::store_error::kind::refused ? delivery::malformed : delivery::unavailable;
  }

  billing_worker worker_;
  caf::actor clerk_;
};

// ---------------------------------------------------------------- a desk

struct desk_state {
  static inline const char* name = "billing desk";
};

class desk_actor : public house_actor<desk_state> {
public:
  desk_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way)
      : house_actor<desk_state>(config),
        worker_(std::move(context), std::move(way)),
        desk_(worker_.settings(), worker_.books(), worker_.stripe(), worker_.counts()) {
    is_kind("billing desk");
  }

  caf::behavior make_behavior() override {
    return {[this](const run_task& message) { message.what->run(desk_); }};
  }

private:
  billing_worker worker_;
  billing_desk desk_;
};

// ---------------------------------------------------------------- the clerk

struct clerk_state {
  static inline const char* name = "billing clerk";
  bool alarmed = false;
};

std::int64_t seconds_since(std::optional<instant> at, instant now) {
  return at ? std::max<std::int64_t>(0, unix_seconds(now) - unix_seconds(*at)) : 0;
}

class clerk_actor : public house_actor<clerk_state> {
public:
  clerk_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way)
      : house_actor<clerk_state>(config),
        worker_(std::move(context), std::move(way)),
        clerk_(worker_.settings(), worker_.books(), worker_.stripe(), worker_.counts()) {
    is_kind("billing clerk");
  }

  caf::behavior make_behavior() override {
    send(this, next_turn{});
    state.alarmed = true;
    return {
      [this](const events_wait&) {
        if (is_leader_)
          work();
      },
      [this](const next_turn&) {
        state.alarmed = false;
        check_catalogue();
        const auto leads = worker_.books().lead(persistence::billing_store::role::clerk);
        is_leader_ = leads && *leads;
        worker_.counts().leads = is_leader_;
        if (is_leader_) {
          work();
          keep_house();
        } else {
          forget_figures();
        }
        turn_later(is_leader_ ? worker_.settings().poll : std::chrono::duration_cast<duration>(stand_by));
      },
    };
  }

private:
  void turn_later(duration pause) {
    if (!worker_.is_stopped() && !std::exchange(state.alarmed, true))
      delayed_send(this, pause, next_turn{});
  }

  /// One batch; what is left waits for the next message, so that this actor can be ended in between.
  void work() {
    const auto taken = clerk_.work_inbox();
    if (taken && *taken >= worker_.settings().batch && !worker_.is_stopped())
      send(this, events_wait{});
  }

  void keep_house() {
    (void)clerk_.work_drips(most_at_once);
    (void)clerk_.work_outbox(most_at_once);
    const auto now = worker_.books().now();
    if (!now)
      return;
    if (*now - looked_at_ >= health_every) {
      looked_at_ = *now;
      tell_health(*now);
    }
    if (*now - swept_at_ >= sweep_every) {
      swept_at_ = *now;
      sweep(*now);
    }
  }

  void tell_health(instant now) {
    auto& counts = worker_.counts();
    if (const auto health = worker_.books().health()) {
      counts.waiting = health->waiting;
      counts.parked = health->parked;
      counts.oldest_waiting_s = seconds_since(health->oldest_waiting, now);
      counts.oldest_parked_s = seconds_since(health->oldest_parked, now);
      counts.oldest_outbox_s = seconds_since(health->oldest_outbox, now);
    }
    if (!led_since_)
      led_since_ = now;
    for (std::size_t i = 0; i < sweep_names.size(); ++i)
      if (const auto mark = worker_.books().sweep_mark_of(std::string(sweep_names[i])))
        counts.sweep_age_s[i] = seconds_since(*mark ? (*mark)->ran_at : *led_since_, now);
  }

  /// What it saw as the leader is for another to tell now: an old figure would be an alarm without an end.
  void forget_figures() {
    auto& counts = worker_.counts();
    for (auto* one :
         {&counts.waiting, &counts.parked, &counts.oldest_waiting_s, &counts.oldest_parked_s, &counts.oldest_outbox_s})
      *one = 0;
    for (auto& age : counts.sweep_age_s)
      age = 0;
    led_since_.reset();
  }

  void sweep(instant now) {
    const auto& s = worker_.settings();
    for (int batches = 0; batches < most_sweeps && !worker_.is_stopped(); ++batches) {
      const auto gone =
        worker_.books().sweep(now - s.event_life, policies::records_end_before(now, s.record_years), sweep_batch);
      if (!gone || *gone == 0)
        return;
    }
  }

  /// On every node, whoever leads: each has its own configuration.
  void check_catalogue() {
    const auto now = clock().now();
    if (worker_.counts().can_buy || now < check_at_)
      return;
    check_at_ = now + price_check_pause;
    const auto faults = check_prices(worker_.settings(), worker_.stripe());
    worker_.counts().price_faults = faults ? static_cast<std::int64_t>(faults->size()) : 0;
    worker_.counts().can_buy = faults && faults->empty();
  }

  billing_worker worker_;
  billing_clerk clerk_;
  bool is_leader_ = false;
  instant looked_at_;
  instant swept_at_;
  std::optional<instant> led_since_; ///< a sweep that was never done is as old as that
  moment check_at_;
};

// ---------------------------------------------------------------- the reconciler

struct reconciler_state {
  static inline const char* name = "billing reconciler";
};

class reconciler_actor : public house_actor<reconciler_state> {
public:
  reconciler_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way)
      : house_actor<reconciler_state>(config),
        worker_(std::move(context), way),
        reconciler_(worker_.settings(), worker_.books(), worker_.stripe(), worker_.counts(),
                    [stop = way->stop](duration pause) { sleep(*stop, pause); }) {
    runs_on_demand<reconcile_now>();
    is_kind("billing reconciler");
  }

  caf::behavior make_behavior() override {
    send(this, next_turn{});
    return {
      [this](const next_turn&) {
        if (leads())
          reconciler_.run_due();
        if (!worker_.is_stopped())
          delayed_send(this, stand_by, next_turn{});
      },
      [this](const reconcile_now&) {
        if (leads())
          reconciler_.run_all();
      },
    };
  }

private:
  bool leads() {
    const auto found = worker_.books().lead(persistence::billing_store::role::reconciler);
    is_at(!found ? "the database does not answer" : *found ? "until the next sweep" : "another node does it");
    return found && *found;
  }

  static void sleep(const std::atomic<bool>& stop, duration pause) {
    const auto until = std::chrono::steady_clock::now() + pause;
    while (!stop && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::min<duration>(pause, std::chrono::milliseconds(100)));
  }

  billing_worker worker_;
  billing_reconciler reconciler_;
};

// ---------------------------------------------------------------- the office

struct office_state {
  static inline const char* name = "billing office";
  office_state() = default;
  office_state(const office_state&) = delete;
  office_state& operator=(const office_state&) = delete;
  ~office_state() {
    if (way)
      way->close();
    for (const auto& child : children)
      if (child)
        caf::anon_send_exit(child, caf::exit_reason::user_shutdown);
  }

  billing_entrance_ptr way;
  std::vector<caf::actor> children; ///< clerk, inbox, reconciler, then the desks
};

class office_actor : public house_actor<office_state> {
public:
  office_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way)
      : house_actor<office_state>(config), context_(std::move(context)), way_(std::move(way)) {
    is_kind("billing office");
    state.way = way_;
    set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  }

  caf::behavior make_behavior() override {
    state.children.resize(first_desk + static_cast<std::size_t>(context_->settings.billing.desk_workers));
    for (std::size_t place = 0; place < state.children.size(); ++place)
      open(place);
    return {[this](const replace_child& message) { open(message.place); }};
  }

private:
  enum : std::size_t { clerk_place = 0, inbox_place = 1, reconciler_place = 2, first_desk = 3 };

  void open(std::size_t place) {
    auto& child = state.children[place];
    if (place == clerk_place) {
      child = spawn<clerk_actor, caf::detached + caf::monitored>(context_, way_);
    } else if (place == inbox_place) {
      child = spawn<inbox_actor, caf::detached + caf::monitored>(context_, way_, state.children[clerk_place]);
      way_->serve_inbox(child);
    } else if (place == reconciler_place) {
      child = spawn<reconciler_actor, caf::detached + caf::monitored>(context_, way_);
    } else {
      child = spawn<desk_actor, caf::detached + caf::monitored>(context_, way_);
      way_->serve_desk(place - first_desk, child);
    }
  }

  void on_down(const caf::down_msg& down) {
    for (std::size_t place = 0; place < state.children.size(); ++place) {
      if (!state.children[place] || state.children[place]->address() != down.source)
        continue;
      state.children[place] = nullptr;
      if (place == inbox_place)
        way_->serve_inbox(nullptr);
      else if (place >= first_desk)
        way_->serve_desk(place - first_desk, nullptr);
      if (place == clerk_place) {
        // The inbox wakes this clerk, and no other: it is replaced with it.
        way_->counts->leads = false;
        if (state.children[inbox_place])
          caf::anon_send_exit(state.children[inbox_place], caf::exit_reason::user_shutdown);
      }
      delayed_send(this, replace_pause, replace_child{place});
    }
  }

  context_ptr context_;
  billing_entrance_ptr way_;
};

} // namespace

caf::actor spawn_billing_office(caf::event_based_actor* root, context_ptr context, billing_entrance_ptr way) {
  return root->spawn<office_actor, caf::monitored>(std::move(context), std::move(way));
}

} // namespace easel::actors
