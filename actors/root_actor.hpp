#pragma once

#include "actors/observed.hpp"
#include "actors/root.hpp"
#include "policies/house_life.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

/// Private to root*.cpp: what lives of the house, and how far it is.
namespace easel::actors {

/// The root's own alarms. Each knows what it was set for, so that one of a former life or drain changes nothing.
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
/// From an operator, through `node_control`: nothing: serve again.
struct drain_wished {
  std::optional<std::chrono::minutes> span;
};

/// How long one that stands alone is missed before another takes its place.
inline constexpr auto before_replacing = std::chrono::seconds(1);

struct root_state {
  static inline const char* name = "root";
  policies::house_phase at = policies::house_phase::starting;
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
             upstreams providers, google_parts google, std::shared_ptr<entrance> door, std::vector<lone_actor> alone);
  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& element) override;

private:
  using phase = policies::house_phase;

  // root.cpp: a life from its start to its fall
  void start();
  void on_joined(node_id node);
  void open_sign_in();
  void open_listener();
  void on_down(const caf::down_msg& down);
  void on_part_down(const caf::down_msg& down);
  void on_sign_in_down();
  void on_listener_down();
  [[nodiscard]] bool nothing_lives() const;
  void fall();
  void all_down();

  // root_alone.cpp: those that need no lease, and outlive a life
  void open_log();
  void on_close_log();
  void on_log_down();
  void open_lone(std::size_t which);
  void on_lone_down(std::size_t which);

  // root_drain.cpp: out of service, for a while or for good
  void hear_wishes();
  void on_drain(std::chrono::minutes span);
  void on_resume();
  void begin_drain();
  void leave_cluster();
  void give_up();
  void end_children();
  void on_shut_down();
  void tell_control();

  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }

  context_ptr context_;
  open_store open_;
  open_revocations hear_;
  upstreams providers_;
  google_parts google_;
  std::shared_ptr<entrance> door_;
  const std::vector<lone_actor> alone_;
};

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
