#pragma once

#include "actors/context.hpp"
#include "actors/generation_messages.hpp"
#include "actors/observed.hpp"
#include "actors/provider_messages.hpp"
#include "actors/store_messages.hpp"
#include "policies/generation_machine.hpp"

#include <optional>
#include <vector>

/// Private to generation*.cpp: the state of one generation and the steps between its states.
namespace easel::actors {

/// One image under way.
struct image_work {
  enum class phase {
    idle,       ///< not asked for yet
    wants_slot, ///< in the router's queue
    has_slot,   ///< waiting for the dispatch to be durable
    drawing,    ///< a sub2api call is out
    creating,   ///< a kie.ai create is about to leave, or out
    polling,    ///< a kie.ai task is known
    unknown,    ///< a kie.ai create left and its answer was lost
    fetching,   ///< a result is being downloaded
    storing,
    stored,
    failed,
  };
  phase at = phase::idle;
  slot_ptr place;
  int attempts = 0; ///< of the call under way
  int polls = 0;
  std::string task;
  std::string credential; ///< the only one that knows the task; empty: any of the pool
  std::string result_url;
  moment deadline = moment::max();
  failure reason = failure::none;

  [[nodiscard]] bool settled() const { return at == phase::stored || at == phase::failed; }
};

/// The generation's own alarms.
struct moderate_again {
  int attempt = 0;
};
struct image_again {
  std::int16_t index = 0;
  image_work::phase as = image_work::phase::idle;
};
struct poll_due {
  std::int16_t index = 0;
  int poll = 0;
};
struct write_again {
  std::uint64_t write = 0;
};

struct generation_actor_state {
  static inline const char* name = "generation";

  store_port store;
  starting_point from;
  facts_ptr facts;
  caf::actor router;
  caf::actor session;

  generation_state at = generation_state::accepted;
  std::optional<policies::verdict> verdict;
  int moderation_attempts = 0;
  moment moderation_deadline = moment::max();
  bool dispatching = false;
  bool cancelled = false; ///< asked for; what is out is awaited, what comes is charged and deleted
  bool finishing = false;
  std::vector<image_work> images;
  job_ptr job;
  std::optional<stage> stage_noted;
  moment stage_since;

  /// Writes whose outcome is not known to have been applied, to be repeated.
  struct pending_write {
    persistence::write command;
    store_port::write_continuation then;
    moment until;
    int repeats = 0;
    std::size_t weight = 0;
  };
  std::unordered_map<std::uint64_t, pending_write> writes;
  std::uint64_t last_write = 0;
};

class generation_actor : public house_actor<generation_actor_state> {
public:
  generation_actor(caf::actor_config& config, context_ptr context, caf::actor router, caf::actor store,
                   start_generation start);
  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& element) override;

private:
  using phase = image_work::phase;

  // generation_stages.cpp: what it is doing, for the console
  [[nodiscard]] std::optional<stage> stage_now() const;
  void note_stage();

  // generation.cpp: from start to dispatch, and the end
  void begin();
  void resume(const persistence::resumable& row);
  void resume_images(const persistence::resumable& row);
  void ask_moderation();
  void on_moderated(const moderated& message);
  void decide(policies::verdict verdict);
  void on_cancel();
  void on_deadline();
  bool ends_withdrawn();
  void finish(generation_state to, failure reason, bool strike);
  void tell_end(const persistence::finished& outcome, failure reason);
  void lost_ownership();

  // generation_dispatch.cpp: a slot for each image, and the one dispatch before any of them is used
  void want(std::int16_t index);
  void on_slot(const slot_granted& message);
  void on_dispatched(persistence::fenced result);
  void call_provider(std::int16_t index);

  // generation_tasks.cpp: an image as a task at kie.ai
  void begin_task(std::int16_t index);
  void create(std::int16_t index, std::string callback_url);
  void on_task_created(const task_created& message);
  void task_known(std::int16_t index, const std::string& task);
  void poll(std::int16_t index);
  void poll_later(std::int16_t index);
  void on_task_polled(const task_polled& message);
  void on_hint(const task_hinted& message);
  void fetch(std::int16_t index);

  // generation_images.cpp: one image, from what came back to where it is kept
  void draw_image(std::int16_t index);
  void on_drawn(const drawn& message);
  void on_call_failed(std::int16_t index, policies::call_kind kind, const policies::upstream_failure& why);
  void try_again(std::int16_t index, phase as);
  void keep(std::int16_t index, const client::drawn_image& image);
  void on_kept(const persistence::image_row& row, blob bytes, const persistence::finished& outcome, bool last);
  void image_failed(std::int16_t index, failure reason);
  void settle_if_done();

  // all of these
  void write(persistence::write command, store_port::write_continuation then, std::size_t weight = 512);
  void send_write(std::uint64_t ticket);
  /// The one fenced result all steps share: true to go on, otherwise the actor has ended.
  bool still_ours(const persistence::answer<persistence::write_outcome>& outcome);
  void set_deadlines();
  [[nodiscard]] bool paid() const { return state.from.order->of_tier == tier::paid; }
  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] std::size_t shard() const { return std::hash<account_id>{}(state.from.order->account); }
  [[nodiscard]] image_work* work(std::int16_t index);
  [[nodiscard]] slot_request slot_for(std::int16_t index);
  template <class Message>
  void tell_session(Message message) {
    if (state.session)
      send(state.session, std::move(message));
  }
  template <class Message>
  auto reply_for(Message base) {
    return std::make_shared<call_reply<Message>>(me(), std::move(base));
  }

  context_ptr context_;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::moderate_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::image_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::poll_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::write_again)
