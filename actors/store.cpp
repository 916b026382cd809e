#include "actors/store.hpp"

#include "actors/observed.hpp"
#include "actors/store_messages.hpp"

#include <atomic>
#include <vector>

namespace easel::actors {

namespace {

using load_ptr = std::shared_ptr<std::atomic<int>>;

struct flush {};

struct worker_limits {
  int batch = 1;
  std::size_t batch_bytes = 1;
};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::flush)

namespace easel::actors {

namespace {

// ---------------------------------------------------------------- one worker, one connection

struct worker_state {
  static inline const char* name = "store worker";
  std::unique_ptr<persistence::store> store;
  std::vector<write_call_ptr> gathered; ///< waiting for the flush that is already in the mailbox
  std::size_t gathered_bytes = 0;
};

class store_worker : public house_actor<worker_state> {
public:
  store_worker(caf::actor_config& config, open_store open, worker_limits limits, load_ptr waiting)
      : house_actor<worker_state>(config),
        open_(std::move(open)),
        limits_(limits),
        waiting_(std::move(waiting)),
        runnable_(house_run_queue(home_system())) {
    is_kind("store worker");
  }

  caf::behavior make_behavior() override {
    return {
      [this](const store_write& message) { gather(message.call); },
      [this](const store_query& message) {
        waiting_->fetch_sub(1, std::memory_order_relaxed);
        message.call->run(connection());
      },
      [this](const flush&) { apply(); },
    };
  }

  // The outcomes of a batch wake those who wait for them.
  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    const lend_thread lent(runnable_);
    return house_actor<worker_state>::consume(element);
  }

private:
  persistence::store& connection() {
    if (!state.store)
      state.store = open_();
    return *state.store;
  }

  // A message to itself goes behind everything that waits already, so all of that joins the same transaction.
  void gather(const write_call_ptr& call) {
    if (state.gathered.empty())
      send(this, flush{});
    state.gathered.push_back(call);
    state.gathered_bytes += call->weight;
    if (static_cast<int>(state.gathered.size()) >= limits_.batch || state.gathered_bytes >= limits_.batch_bytes)
      apply();
  }

  void apply() {
    if (state.gathered.empty())
      return; // a full batch went ahead of its flush
    auto calls = std::exchange(state.gathered, {});
    state.gathered_bytes = 0;
    waiting_->fetch_sub(static_cast<int>(calls.size()), std::memory_order_relaxed);
    std::vector<persistence::write> commands;
    commands.reserve(calls.size());
    for (const auto& call : calls)
      commands.push_back(std::move(call->command));
    auto outcomes = connection().apply(commands);
    for (std::size_t i = 0; i < calls.size(); ++i)
      calls[i]->answer(std::move(outcomes[i]));
  }

  open_store open_;
  worker_limits limits_;
  load_ptr waiting_;
  run_queue_ptr runnable_;
};

// ---------------------------------------------------------------- the front

struct front_state {
  static inline const char* name = "store";
  struct lane {
    caf::actor worker;
    load_ptr waiting;
  };
  front_state() = default;
  front_state(const front_state&) = delete;
  front_state& operator=(const front_state&) = delete;
  ~front_state() {
    for (const auto* lanes : {&writers, &readers})
      for (const auto& l : *lanes)
        caf::anon_send_exit(l.worker, caf::exit_reason::user_shutdown); // behind what waits there already
  }

  std::vector<lane> writers;
  std::vector<lane> readers;
  std::size_t next_reader = 0;
};

class store_front : public house_actor<front_state> {
public:
  store_front(caf::actor_config& config, house_settings settings, open_store open)
      : house_actor<front_state>(config), settings_(std::move(settings)), open_(std::move(open)) {
    is_kind("store");
    set_down_handler([this](caf::down_msg& down) { replace(down.source); });
  }

  caf::behavior make_behavior() override {
    for (int i = 0; i < settings_.store_writers; ++i)
      state.writers.push_back(open_lane());
    for (int i = 0; i < settings_.store_readers; ++i)
      state.readers.push_back(open_lane());
    return {
      [this](const store_write& message) { pass(state.writers[message.shard % state.writers.size()], message); },
      [this](const store_query& message) { pass(state.readers[state.next_reader++ % state.readers.size()], message); },
    };
  }

private:
  front_state::lane open_lane() {
    auto waiting = std::make_shared<std::atomic<int>>(0);
    const worker_limits limits{settings_.store_batch, settings_.store_batch_bytes};
    auto worker = settings_.detached_stores
                    ? spawn<store_worker, caf::detached + caf::monitored>(open_, limits, waiting)
                    : spawn<store_worker, caf::monitored>(open_, limits, waiting);
    return {worker, waiting};
  }

  template <class Message>
  void pass(const front_state::lane& lane, const Message& message) {
    if (lane.waiting->load(std::memory_order_relaxed) >= settings_.store_queue)
      return; // dropped here, the call answers `unavailable` by itself
    lane.waiting->fetch_add(1, std::memory_order_relaxed);
    send(lane.worker, message);
  }

  void replace(const caf::actor_addr& gone) {
    for (auto* lanes : {&state.writers, &state.readers})
      for (auto& lane : *lanes)
        if (lane.worker.address() == gone)
          lane = open_lane();
  }

  house_settings settings_;
  open_store open_;
};

} // namespace

caf::actor spawn_store(caf::event_based_actor* root, const house_settings& settings, open_store open) {
  return root->spawn<store_front, caf::monitored>(settings, std::move(open));
}

} // namespace easel::actors
