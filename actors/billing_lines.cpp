#include "actors/billing_lines.hpp"

#include "actors/billing_dispatcher.hpp"
#include "actors/billing_messages.hpp"
#include "actors/billing_prices.hpp"
#include "actors/billing_worker.hpp"
#include "actors/observed.hpp"

#include <caf/actor_addr.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace easel::actors {

namespace {

struct take_turn {};
/// clerk → line, and back
struct look_now {
  policies::line_look what;
};
struct looked {
  policies::line_look what;
  look_outcome outcome;
};
/// What no event tells: months of yearly plans, and what Stripe has to be told after an account's end.
struct do_chores {};
struct chores_are_done {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::take_turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::look_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::looked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::do_chores)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::chores_are_done)

namespace easel::actors {

namespace {

constexpr int most_at_once = 50;                             ///< months, and endings, of one turn
constexpr auto price_check_pause = std::chrono::seconds(30); ///< until the catalogue agrees with Stripe
constexpr auto health_every = std::chrono::seconds(5);
constexpr auto sweep_every = std::chrono::hours(1);
constexpr int sweep_batch = 1000;
constexpr int most_sweeps = 20; ///< in a row; what is left waits for the next hour

// ---------------------------------------------------------------- a line

struct line_state {
  static inline const char* name = "billing line";
  std::shared_ptr<billing_worker> leader; ///< whose connection leads; held, never used
};

class line_actor : public house_actor<line_state> {
public:
  line_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way,
             std::shared_ptr<billing_worker> leader)
      : house_actor<line_state>(config),
        worker_(std::move(context), std::move(way)),
        clerk_(worker_.settings(), worker_.books(), worker_.stripe(), worker_.counts()) {
    is_kind("billing line");
    state.leader = std::move(leader);
  }

  caf::behavior make_behavior() override {
    return {
      [this](const look_now& message) {
        answer(looked{message.what, clerk_.look_in_line(message.what)});
      },
      [this](const do_chores&) {
        (void)clerk_.work_drips(most_at_once);
        (void)clerk_.work_outbox(most_at_once);
        answer(chores_are_done{});
      },
    };
  }

private:
  template <class Message>
  void answer(Message&& message) {
    send(caf::actor_cast<caf::actor>(current_sender()), std::forward<Message>(message));
  }

  billing_worker worker_;
  billing_clerk clerk_;
};

// ---------------------------------------------------------------- the clerk

struct clerk_line {
  caf::actor who;
  std::optional<policies::line_look> look; ///< under way
  bool does_chores = false;

  [[nodiscard]] bool is_busy() const { return look || does_chores; }
};

struct clerk_state {
  static inline const char* name = "billing clerk";
  clerk_state() = default;
  clerk_state(const clerk_state&) = delete;
  clerk_state& operator=(const clerk_state&) = delete;
  ~clerk_state() {
    for (const auto& line : lines)
      caf::anon_send_exit(line.who, caf::exit_reason::user_shutdown);
  }

  std::vector<clerk_line> lines;
  bool alarmed = false;
};

std::int64_t seconds_since(std::optional<instant> at, instant now) {
  return at ? std::max<std::int64_t>(0, unix_seconds(now) - unix_seconds(*at)) : 0;
}

class clerk_actor : public house_actor<clerk_state> {
public:
  clerk_actor(caf::actor_config& config, context_ptr context, billing_entrance_ptr way)
      : house_actor<clerk_state>(config),
        context_(context),
        way_(way),
        worker_(std::make_shared<billing_worker>(std::move(context), std::move(way))),
        dispatcher_(worker_->settings(), worker_->books(), worker_->counts()) {
    is_kind("billing clerk");
    set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  }

  caf::behavior make_behavior() override {
    send(this, take_turn{});
    state.alarmed = true;
    return {
      [this](const events_wait&) {
        dispatcher_.look_again();
        give_work();
      },
      [this](const looked& message) {
        if (auto* line = line_of(caf::actor_cast<caf::actor_addr>(current_sender())))
          line->look.reset();
        dispatcher_.ended(message.what, message.outcome, clock().now());
        give_work();
      },
      [this](const chores_are_done&) {
        if (auto* line = line_of(caf::actor_cast<caf::actor_addr>(current_sender())))
          line->does_chores = false;
        give_work();
      },
      [this](const take_turn&) {
        state.alarmed = false;
        check_catalogue();
        const auto leads = worker_->books().lead(persistence::billing_store::role::clerk);
        is_leader_ = leads && *leads;
        worker_->counts().leads = is_leader_;
        if (is_leader_) {
          dispatcher_.begin_turn();
          chores_are_due_ = true;
          give_work();
          keep_house();
        } else {
          dispatcher_.forget();
          forget_figures();
        }
        turn_later(is_leader_ ? worker_->settings().poll : std::chrono::duration_cast<duration>(stand_by));
      },
    };
  }

private:
  void turn_later(duration pause) {
    if (!worker_->is_stopped() && !std::exchange(state.alarmed, true))
      delayed_send(this, pause, take_turn{});
  }

  // -------------------------------------------------------------- lines

  clerk_line* line_of(const caf::actor_addr& address) {
    const auto found = std::find_if(state.lines.begin(), state.lines.end(),
                                    [&](const clerk_line& line) { return line.who.address() == address; });
    return found == state.lines.end() ? nullptr : &*found;
  }

  [[nodiscard]] int busy_lines() const {
    return static_cast<int>(
      std::count_if(state.lines.begin(), state.lines.end(), [](const clerk_line& line) { return line.is_busy(); }));
  }

  clerk_line& free_line() {
    const auto found =
      std::find_if(state.lines.begin(), state.lines.end(), [](const clerk_line& line) { return !line.is_busy(); });
    if (found != state.lines.end())
      return *found;
    state.lines.push_back({spawn<line_actor, caf::detached + caf::monitored>(context_, way_, worker_), {}, false});
    return state.lines.back();
  }

  /// As much as may be under way at a time; chores are among it.
  void give_work() {
    const auto now = clock().now();
    while (is_leader_ && !worker_->is_stopped() && busy_lines() < dispatcher_.may_be_open(now)) {
      if (chores_are_due_ && !are_chores_under_way()) {
        chores_are_due_ = false;
        auto& line = free_line();
        line.does_chores = true;
        send(line.who, do_chores{});
        continue;
      }
      auto look = dispatcher_.next(now);
      if (!look)
        break;
      auto& line = free_line();
      send(line.who, look_now{*look});
      line.look = std::move(look);
    }
    worker_->counts().open_lines = dispatcher_.open();
  }

  [[nodiscard]] bool are_chores_under_way() const {
    return std::any_of(state.lines.begin(), state.lines.end(), [](const clerk_line& line) { return line.does_chores; });
  }

  void on_down(const caf::down_msg& down) {
    const auto* line = line_of(down.source);
    if (line == nullptr)
      return;
    if (line->look)
      dispatcher_.lost(*line->look);
    state.lines.erase(state.lines.begin() + (line - state.lines.data()));
    worker_->counts().open_lines = dispatcher_.open();
  }

  // -------------------------------------------------------------- what else there is to do

  void keep_house() {
    const auto now = worker_->books().now();
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
    auto& counts = worker_->counts();
    if (const auto health = worker_->books().health()) {
      counts.waiting = health->waiting;
      counts.parked = health->parked;
      counts.oldest_waiting_s = seconds_since(health->oldest_waiting, now);
      counts.oldest_parked_s = seconds_since(health->oldest_parked, now);
      counts.oldest_outbox_s = seconds_since(health->oldest_outbox, now);
    }
    if (!led_since_)
      led_since_ = now;
    for (std::size_t i = 0; i < sweep_names.size(); ++i)
      if (const auto mark = worker_->books().sweep_mark_of(std::string(sweep_names[i])))
        counts.sweep_age_s[i] = seconds_since(*mark ? (*mark)->ran_at : *led_since_, now);
  }

  /// What it saw as the leader is for another to tell now: an old figure would be an alarm without an end.
  void forget_figures() {
    auto& counts = worker_->counts();
    for (auto* one :
         {&counts.waiting, &counts.parked, &counts.oldest_waiting_s, &counts.oldest_parked_s, &counts.oldest_outbox_s})
      *one = 0;
    for (auto& age : counts.sweep_age_s)
      age = 0;
    led_since_.reset();
  }

  void sweep(instant now) {
    const auto& s = worker_->settings();
    for (int batches = 0; batches < most_sweeps && !worker_->is_stopped(); ++batches) {
      const auto gone =
        worker_->books().sweep(now - s.event_life, policies::records_end_before(now, s.record_years), sweep_batch);
      if (!gone || *gone == 0)
        return;
    }
  }

  /// On every node, whoever leads: each has its own configuration.
  void check_catalogue() {
    const auto now = clock().now();
    if (worker_->counts().can_buy || now < check_at_)
      return;
    check_at_ = now + price_check_pause;
    const auto faults = check_prices(worker_->settings(), worker_->stripe());
    worker_->counts().price_faults = faults ? static_cast<std::int64_t>(faults->size()) : 0;
    worker_->counts().can_buy = faults && faults->empty();
  }

  const context_ptr context_;
  const billing_entrance_ptr way_;
  const std::shared_ptr<billing_worker> worker_;
  billing_dispatcher dispatcher_;
  bool is_leader_ = false;
  bool chores_are_due_ = false;
  instant looked_at_;
  instant swept_at_;
  std::optional<instant> led_since_; ///< a sweep that was never done is as old as that
  moment check_at_;
};

} // namespace

caf::actor spawn_billing_clerk(caf::event_based_actor* office, context_ptr context, billing_entrance_ptr way) {
  return office->spawn<clerk_actor, caf::detached + caf::monitored>(std::move(context), std::move(way));
}

} // namespace easel::actors
