#include "actors/root.hpp"

#include "actors/access_log.hpp"
#include "actors/call_messages.hpp"
#include "actors/node.hpp"
#include "actors/node_messages.hpp"
#include "actors/observed.hpp"

#include <algorithm>

namespace easel::actors {

// ---------------------------------------------------------------- the entrance

caf::actor entrance::router() const {
  std::lock_guard lock(guard_);
  return router_;
}

caf::actor entrance::sign_in() const {
  std::lock_guard lock(guard_);
  return sign_in_;
}

caf::actor entrance::rights() const {
  std::lock_guard lock(guard_);
  return rights_;
}

void entrance::serve_rights(caf::actor rights) {
  std::lock_guard lock(guard_);
  rights_ = std::move(rights);
}

void entrance::serve_sign_in(caf::actor sign_in) {
  std::lock_guard lock(guard_);
  sign_in_ = std::move(sign_in);
}

void entrance::open(caf::actor router) {
  std::lock_guard lock(guard_);
  router_ = std::move(router);
  changed_.notify_all();
}

void entrance::close() {
  std::lock_guard lock(guard_);
  router_ = nullptr;
  sign_in_ = nullptr;
}

void entrance::finished() {
  std::lock_guard lock(guard_);
  router_ = nullptr;
  sign_in_ = nullptr;
  rights_ = nullptr;
  finished_ = true;
  changed_.notify_all();
}

bool entrance::wait_open(duration limit) const {
  std::unique_lock lock(guard_);
  return changed_.wait_for(lock, limit, [this] { return router_ != nullptr; });
}

bool entrance::wait_finished(duration limit) const {
  std::unique_lock lock(guard_);
  return changed_.wait_for(lock, limit, [this] { return finished_; });
}

// ---------------------------------------------------------------- the root

namespace {

struct start_house {
  int after_life = 0;
};
struct renew_sign_in {
  int life = 0;
};
struct renew_listener {
  int life = 0;
};
struct drain_over {
  int which = 0;
};
/// From an operator, through `node_control`: nothing: serve again.
struct drain_wished {
  std::optional<std::chrono::minutes> span;
};
struct drain_expired {
  int which = 0;
};
struct reopen_log {};
struct renew_lone {
  std::size_t which = 0;
};
struct leave_over {
  int life = 0;
};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::start_house)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_sign_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_listener)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drain_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drain_wished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drain_expired)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::reopen_log)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_lone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::leave_over)

namespace easel::actors {

namespace {

constexpr auto before_replacing = std::chrono::seconds(1); ///< one that stands alone
constexpr auto leave_limit = std::chrono::seconds(2);
constexpr auto calm = std::chrono::minutes(1); ///< a life this long forgets earlier failures

struct root_state {
  static inline const char* name = "root";
  enum class phase { starting, running, falling, draining, leaving, drained, over };
  phase at = phase::starting;
  caf::actor store;
  caf::actor node;
  caf::actor router;
  caf::actor log; ///< stands alone: it needs no lease, and outlives the others to write their last answers
  caf::actor sign_in;
  caf::actor listener;
  std::vector<caf::actor> alone; ///< in the order of their makers; null while one is being replaced
  int life = 0;                  ///< counts starts
  int failures = 0;              ///< in a row
  moment started;
  int drains = 0;                      ///< counts them, so that an alarm knows its own
  std::optional<moment> drained_until; ///< an operator wants the node out of service until then
  bool stop_wanted = false;
  bool log_closed = false;

  root_state() = default;
  root_state(const root_state&) = delete;
  root_state& operator=(const root_state&) = delete;
  void end_alone() {
    for (const auto& each : alone)
      if (each)
        caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  }
  ~root_state() {
    if (log)
      caf::anon_send_exit(log, caf::exit_reason::user_shutdown);
    end_alone();
  }
};

class root_actor : public house_actor<root_state> {
public:
  root_actor(caf::actor_config& config, context_ptr context, open_store open, open_revocations hear,
             upstreams providers, google_parts google, std::shared_ptr<entrance> door, std::vector<lone_actor> alone)
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

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    const auto result = house_actor<root_state>::consume(element);
    tell_control();
    return result;
  }

  caf::behavior make_behavior() override {
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
        if (message.life == state.life && is_serving() && !state.sign_in)
          open_sign_in();
      },
      [this](const renew_listener& message) {
        if (message.life == state.life && is_serving() && !state.listener)
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

private:
  using phase = root_state::phase;
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }

  void start() {
    ++state.life;
    state.at = phase::starting;
    is_at("starting");
    context_->counts->draining = false; // a life before may have been drained
    state.started = clock().now();
    state.store = spawn_store(this, context_->settings, open_);
    state.node = spawn_node(this, context_, state.store);
  }

  void on_joined(node_id node) {
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

  [[nodiscard]] bool is_serving() const { return state.at == phase::running || state.at == phase::draining; }

  void open_sign_in() {
    state.sign_in = spawn_sign_in(this, context_, state.store, state.router, google_);
    door_->serve_sign_in(state.sign_in);
  }

  void open_listener() {
    if (hear_)
      state.listener = spawn_revocation_listener(this, context_, hear_, state.router);
  }

  // -------------------------------------------------------------- the access log

  void open_log() {
    if (!state.log_closed)
      state.log = spawn_access_log(this, context_, open_);
  }

  void on_close_log() {
    if (std::exchange(state.log_closed, true))
      return;
    if (state.log)
      send(state.log, close_access_log{});
    else
      context_->access->finished(); // it died a moment ago; what waits is lost with the process
  }

  void on_log_down() {
    state.log = nullptr;
    if (!state.log_closed)
      delayed_send(this, before_replacing, reopen_log{});
    else if (state.at == phase::over)
      quit();
  }

  // -------------------------------------------------------------- those that stand alone

  void open_lone(std::size_t which) {
    state.alone[which] = alone_[which].spawn(this);
    if (alone_[which].serve)
      alone_[which].serve(state.alone[which]);
  }

  void on_lone_down(std::size_t which) {
    state.alone[which] = nullptr;
    if (alone_[which].serve)
      alone_[which].serve(nullptr);
    delayed_send(this, before_replacing, renew_lone{which});
  }

  // -------------------------------------------------------------- one falls, all fall

  void on_down(const caf::down_msg& down) {
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
    if (state.sign_in && state.sign_in->address() == down.source) {
      on_sign_in_down();
    } else if (state.listener && state.listener->address() == down.source) {
      on_listener_down();
    } else {
      for (auto* child : {&state.store, &state.node, &state.router})
        if (*child && child->address() == down.source)
          *child = nullptr;
      if (state.at == phase::running || state.at == phase::starting)
        fall();
      else if (state.at == phase::draining)
        leave_cluster(); // what is gone drains no more, and whoever knocks must not wait for it
    }
    if (nothing_lives())
      all_down();
  }

  void on_sign_in_down() {
    state.sign_in = nullptr;
    if (!is_serving())
      return;
    door_->serve_sign_in(nullptr);
    delayed_send(this, before_replacing, renew_sign_in{state.life});
  }

  void on_listener_down() {
    state.listener = nullptr;
    if (!is_serving())
      return;
    send(state.router, hears_endings{false});
    delayed_send(this, before_replacing, renew_listener{state.life});
  }

  [[nodiscard]] bool nothing_lives() const {
    return !state.store && !state.node && !state.router && !state.sign_in && !state.listener;
  }

  void fall() {
    door_->close();
    state.failures = clock().now() - state.started > calm ? 1 : state.failures + 1;
    state.at = phase::falling;
    is_at("starting over");
    give_up();
  }

  void end_children() {
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

  void all_down() {
    if (state.at == phase::over || state.stop_wanted) {
      state.at = phase::over;
      state.end_alone();
      door_->finished();
      if (!state.log)
        quit();
      return;
    }
    if (state.at == phase::drained && !state.drained_until)
      start(); // resumed while it was still handing over
    if (state.at != phase::falling)
      return;
    const auto pause = std::min<caf::timespan>(std::chrono::milliseconds(500) * (1 << std::min(state.failures, 7)),
                                               std::chrono::seconds(30));
    delayed_send(this, pause, start_house{state.life});
  }

  // -------------------------------------------------------------- the end of the house

  void on_shut_down() {
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

  void begin_drain() {
    state.at = phase::draining;
    is_at("draining");
    send(state.router, drain{me()});
    delayed_send(this, context_->settings.drain, drain_over{state.drains});
  }

  // -------------------------------------------------------------- out of service for a while

  void hear_wishes() {
    context_->node->on_wish([self = address()](std::optional<std::chrono::minutes> span) {
      if (auto alive = caf::actor_cast<caf::actor>(self))
        caf::anon_send(alive, drain_wished{span});
    });
  }

  void on_drain(std::chrono::minutes span) {
    if (state.stop_wanted || state.drained_until)
      return;
    state.drained_until = clock().now() + span;
    delayed_send(this, span, drain_expired{++state.drains});
    if (state.at == phase::running)
      begin_drain();
  }

  // What has begun to be handed over is handed over first; `all_down` starts anew then.
  void on_resume() {
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

  void tell_control() {
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

  void leave_cluster() {
    if (state.at != phase::draining)
      return;
    state.at = phase::leaving;
    door_->close();
    give_up();
  }

  // With the lease given up, the next life takes its rows over at once instead of waiting until it runs out.
  void give_up() {
    if (state.node && state.store) {
      send(state.node, give_up_lease{});
      delayed_send(this, leave_limit, leave_over{state.life});
    } else {
      end_children();
    }
  }

  context_ptr context_;
  open_store open_;
  open_revocations hear_;
  upstreams providers_;
  google_parts google_;
  std::shared_ptr<entrance> door_;
  const std::vector<lone_actor> alone_;
};

} // namespace

caf::actor spawn_root(caf::actor_system& system, context_ptr context, open_store open, open_revocations hear,
                      upstreams providers, google_parts google, std::shared_ptr<entrance> door,
                      std::vector<lone_actor> alone) {
  return system.spawn<root_actor>(std::move(context), std::move(open), std::move(hear), std::move(providers),
                                  std::move(google), std::move(door), std::move(alone));
}

} // namespace easel::actors
