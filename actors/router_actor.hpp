#pragma once

#include "actors/observed.hpp"
#include "actors/router.hpp"
#include "actors/router_state.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Private to router*.cpp: one actor, with a file for each of its concerns.
namespace easel::actors {

/// The router's own alarms.
struct sweep {};
struct resume_row {
  generation_id id;
  int attempt = 0;
};
struct renew_connection {
  recipient to = recipient::sub2api;
  std::size_t member = 0;
};

class router_actor : public house_actor<router_state> {
public:
  router_actor(caf::actor_config& config, context_ptr context, caf::actor store, upstreams providers, node_id node);
  caf::behavior make_behavior() override;

private:
  // router.cpp: supervision, draining, and the sweep that takes the place of a million alarms
  void on_down(const caf::down_msg& down);
  void on_drain(const drain& message);
  void on_end_drain();
  void tell_if_drained();
  void on_sweep();
  void wake_overdue();
  void tell_store();

  // router_callers.cpp: who calls, and to whose session it goes
  void on_knock(const knock& message);
  void look_up(const digest& secret, credential::kind is);
  void look_up_key(const digest& secret);
  void look_up_session(const digest& secret);
  [[nodiscard]] duration believed_for(std::optional<instant> expires_at) const;
  /// `certainly`: the store did answer.
  void on_looked_up(const digest& secret, const std::optional<caller_cache::known>& who, bool certainly,
                    std::uint64_t asked_at);
  void on_ended(const std::vector<persistence::revocation>& those);
  void let_in(const caller_cache::known& known, const knock& call);
  live_sessions::session& session_of(account_id account);
  void ask_idle_sessions();
  void on_idle(const idle& message);

  // router_generations.cpp: which generations run here
  void start(const start_generation& message);
  void on_adopted(const std::vector<persistence::resumable>& rows);
  void adopt(std::shared_ptr<const persistence::resumable> row);
  void readopt(persistence::resumable row);
  void on_doubt(generation_id id);
  void resume(const resume_row& message);
  void resume_later(generation_id id, int attempt);
  void on_generation_down(generation_id id, const caf::down_msg& down);
  void on_owned(const std::vector<generation_id>& ids);
  void recover(generation_id id);
  void forget(generation_id id, bool elsewhere);
  void on_cancel(generation_id id);
  void on_row_ended(generation_id id);
  void on_callback(const kie_called& message);
  void pass_hint(const persistence::call_place& place, const std::string& task);

  // router_pools.cpp: whose turn it is at the upstreams
  void open_connections();
  void open_connection(recipient to, std::size_t member, bool again);
  void on_connection_down(recipient to, std::size_t member);
  [[nodiscard]] const upstreams::credential& credential_of(recipient to, std::size_t member) const;
  void on_want(const slot_request& request);
  void pass_to_moderator(const moderate& message);
  [[nodiscard]] std::size_t next_moderator() const { return state.next_moderator % state.moderators.size(); }
  [[nodiscard]] bool is_drained(std::size_t moderator);
  void measure_queues();
  void publish_lines(); ///< router_lines.cpp: who waits, for the console
  void publish_positions();
  /// False when its tier has no line, which costs nothing.
  bool publish_position(generation_id id, const router_state::live_generation& generation);

  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] provider_pool& pool(tier t) { return state.pools[static_cast<std::size_t>(t)]; }

  context_ptr context_;
  caf::actor store_;
  upstreams providers_;
  node_id node_;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::resume_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_connection)
