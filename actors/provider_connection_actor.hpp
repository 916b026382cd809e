#pragma once

#include "actors/observed.hpp"
#include "actors/provider_connection.hpp"
#include "actors/provider_messages.hpp"
#include "policies/breaker.hpp"
#include "policies/start_window.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

/// Private to provider_connection*.cpp: one upstream credential, what may start there and what is under way.
namespace easel::actors {

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

  std::deque<assignment_ptr> assigned; ///< taken, waiting for the start window; at most `concurrency`
  std::deque<moderate> waiting;        ///< moderation only
};

class provider_connection : public house_actor<connection_state> {
public:
  provider_connection(caf::actor_config& config, context_ptr context, caf::actor router, connection_settings settings,
                      connection_place place, upstream_client client);
  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& element) override;

private:
  // provider_connection.cpp: health, and what operators want and see
  void appear();
  void on_intervention();
  void heed_breaker();
  void heed_weight();
  void show();
  [[nodiscard]] std::optional<moment> pause_end();
  [[nodiscard]] bool drains();
  [[nodiscard]] bool healthy();
  [[nodiscard]] const char* doing();
  void note(const call_ended& message);
  void count(const call_ended& message);
  void ask_for_credit();
  void note_credit(const credit_polled& message);

  // provider_connection_starts.cpp: what may start, and when
  void take(const assign& message);
  void start_assigned();
  void grant(const slot_request& request);
  void bounce(assignment& what);
  void bounce_assigned();
  void on_slot_returned();
  void update_credit();
  void wake_at(moment at);
  void on_alarm(moment at);
  void accept_moderation(const moderate& message);
  void refuse_moderation(const moderate& message);
  void start_moderations();
  void run_moderation(const moderate& next, client::moderation_client& api);

  // provider_connection_calls.cpp: what leaves, and how its answer comes back
  [[nodiscard]] bool holds_lease();
  template <class Reply>
  bool may_leave(const client::image_job& job, const digest& cleared, Reply& waiter);
  void run_draw(const draw& message);
  void run_create(const create_task& message);
  void run_poll(const poll_task& message);
  void run_download(const download_result& message);
  template <class T, class Reply>
  auto completion(policies::call_kind kind, std::shared_ptr<Reply> waiter);

  [[nodiscard]] bool moderates() const { return place_.to == recipient::openai_moderation; }
  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }

  context_ptr context_;
  caf::actor router_;
  connection_settings settings_;
  connection_place place_;
  upstream_client client_;
  run_queue_ptr runnable_;
  std::shared_ptr<upstream_vitals> shown_;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::call_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::credit_polled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::poll_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::look_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::intervened)
