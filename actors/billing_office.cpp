#include "actors/billing_office.hpp"

#include "actors/billing_desk.hpp"
#include "actors/billing_lines.hpp"
#include "actors/billing_messages.hpp"
#include "actors/billing_reconciler.hpp"
#include "actors/billing_worker.hpp"
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
constexpr auto replace_pause = std::chrono::seconds(1);

using policies::stripe::delivery;

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
      child = spawn_billing_clerk(this, context_, way_);
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
        way_->counts->open_lines = 0;
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
