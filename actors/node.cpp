#include "actors/node.hpp"

#include "actors/node_messages.hpp"
#include "actors/observed.hpp"
#include "actors/store_messages.hpp"

namespace easel::actors {

namespace {

struct beat {};
struct join_again {};
struct prepare_days {};

constexpr auto prepare_every = std::chrono::hours(1);
constexpr int beats_between_inventories = 10;

/// What one beat asks the database, in one visit.
struct beat_result {
  bool alive = false;
  std::vector<persistence::resumable> adopted;
  std::vector<generation_id> cancels;
  std::vector<persistence::task_hint> hints;
  std::optional<std::vector<generation_id>> owned; ///< now and then
};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::beat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::join_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::prepare_days)

namespace easel::actors {

namespace {

struct node_state {
  static inline const char* name = "node";
  store_port store;
  caf::actor root;
  caf::actor router;
  node_id id;
  bool beating = false; ///< a beat's answer is awaited
  int beats = 0;
};

class node_actor : public house_actor<node_state> {
public:
  node_actor(caf::actor_config& config, context_ptr context, caf::actor root, caf::actor store)
      : house_actor<node_state>(config), context_(std::move(context)) {
    is_kind("node");
    state.root = std::move(root);
    state.store.attach(std::move(store));
    state.id = node_id{context_->new_uuid()};
  }

  caf::behavior make_behavior() override {
    join();
    return {
      [this](const join_again&) { join(); },
      [this](const serve_router& message) { state.router = message.router; },
      [this](const beat&) { on_beat(); },
      [this](const prepare_days&) { prepare(); },
      [this](const give_up_lease&) { on_leave(); },
      [this](const store_answered& message) { state.store.deliver(message); },
    };
  }

private:
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }

  void join() {
    is_at("joining the cluster");
    const auto sent = clock().now();
    state.store.query<instant>(
      me(),
      [id = state.id,
       days = context_->settings.partitions_ahead](persistence::store& s) -> persistence::answer<instant> {
        if (auto made = s.ensure_partitions(days); !made)
          return easel::unexpected(made.error());
        return s.join(id);
      },
      [this, sent](auto& at) {
        if (!at) {
          delayed_send(this, context_->settings.heartbeat, join_again{});
          return;
        }
        holds_lease_since(sent);
        is_at("holds the lease");
        send(state.root, joined{state.id});
        delayed_send(this, prepare_every, prepare_days{});
        send(this, beat{});
      });
  }

  // The database counts from a moment after `sent`.
  void holds_lease_since(moment sent) {
    const auto until = sent + context_->settings.dead_after;
    context_->counts->lease_until =
      std::chrono::duration_cast<std::chrono::nanoseconds>(until.time_since_epoch()).count();
  }

  void on_beat() {
    delayed_send(this, context_->settings.heartbeat, beat{});
    if (std::exchange(state.beating, true))
      return;
    const auto& s = context_->settings;
    state.store.query<beat_result>(
      me(),
      [id = state.id, dead_after = s.dead_after, most = s.takeover_batch, may_adopt = static_cast<bool>(state.router),
       takes_stock = ++state.beats % beats_between_inventories
                     == 0](persistence::store& store) -> persistence::answer<beat_result> {
        beat_result result;
        auto at = store.heartbeat(id);
        if (!at)
          return easel::unexpected(at.error());
        result.alive = at->has_value();
        if (!result.alive || !may_adopt)
          return result;
        auto adopted = store.take_over(id, dead_after, most);
        if (!adopted)
          return easel::unexpected(adopted.error());
        result.adopted = std::move(*adopted);
        auto cancels = store.cancel_requests(id);
        if (!cancels)
          return easel::unexpected(cancels.error());
        result.cancels = std::move(*cancels);
        auto hints = store.task_hints(id);
        if (!hints)
          return easel::unexpected(hints.error());
        result.hints = std::move(*hints);
        if (takes_stock) {
          auto owned = store.in_work(id);
          if (!owned)
            return easel::unexpected(owned.error());
          result.owned = std::move(*owned);
        }
        return result;
      },
      [this, sent = clock().now()](auto& result) { on_result(sent, result); });
  }

  void on_result(moment sent, persistence::answer<beat_result>& result) {
    state.beating = false;
    if (!result)
      return; // the database is away: fences keep what is written safe, and `lease_until` what is sent
    if (!result->alive) {
      quit(caf::sec::runtime_error);
      return;
    }
    holds_lease_since(sent);
    if (!result->adopted.empty())
      send(state.router,
           rows_adopted{std::make_shared<std::vector<persistence::resumable>>(std::move(result->adopted))});
    if (!result->cancels.empty())
      send(state.router, cancels_found{std::move(result->cancels)});
    if (!result->hints.empty())
      send(state.router, hints_found{std::move(result->hints)});
    if (result->owned)
      send(state.router, rows_owned{std::move(*result->owned)});
  }

  void prepare() {
    state.store.query<int>(
      me(), [days = context_->settings.partitions_ahead](persistence::store& s) { return s.ensure_partitions(days); },
      [](auto&) {}); // asked again in an hour, with days to spare
    delayed_send(this, prepare_every, prepare_days{});
  }

  void on_leave() {
    state.store.query<bool>(
      me(), [id = state.id](persistence::store& s) { return s.leave(id); },
      [this](auto&) {
        send(state.root, left{});
        quit();
      });
  }

  context_ptr context_;
};

} // namespace

caf::actor spawn_node(caf::event_based_actor* root, context_ptr context, caf::actor store) {
  return root->spawn<node_actor, caf::monitored>(std::move(context), caf::actor_cast<caf::actor>(root),
                                                 std::move(store));
}

} // namespace easel::actors
