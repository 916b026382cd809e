#include "actors/revocation_listener.hpp"

#include "actors/call_messages.hpp"
#include "actors/observed.hpp"

namespace easel::actors {

namespace {

struct hear_on {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::hear_on)

namespace easel::actors {

namespace {

constexpr auto one_wait = std::chrono::milliseconds(500); ///< also how long the actor may take to end
constexpr auto before_connecting_again = std::chrono::seconds(1);

struct listener_state {
  static inline const char* name = "revocation listener";
  listener_state() = default;
  listener_state(const listener_state&) = delete;
  listener_state& operator=(const listener_state&) = delete;
  ~listener_state() {
    if (counts)
      counts->hears_endings = false;
  }

  std::shared_ptr<gauges> counts;
  std::unique_ptr<persistence::revocation_source> source;
  bool is_listening = false;
};

class revocation_listener : public house_actor<listener_state> {
public:
  revocation_listener(caf::actor_config& config, context_ptr context, open_revocations open, caf::actor router)
      : house_actor<listener_state>(config),
        context_(std::move(context)),
        open_(std::move(open)),
        router_(std::move(router)) {
    is_kind("revocation listener");
    state.counts = context_->counts;
  }

  caf::behavior make_behavior() override {
    send(this, hear_on{});
    return {[this](const hear_on&) { hear(); }};
  }

private:
  void hear() {
    if (!state.source)
      state.source = open_();
    if (!state.is_listening && !state.source->listen()) {
      delayed_send(this, before_connecting_again, hear_on{});
      return;
    }
    if (!std::exchange(state.is_listening, true)) {
      is_at("listening");
      tell(true);
    }
    // In virtual time nobody may wait; the next look is due when a wait would have ended.
    const bool waits = context_->settings.detached_stores;
    const auto since = std::chrono::steady_clock::now();
    auto heard = state.source->hear(waits ? one_wait : duration::zero());
    has_waited(std::chrono::steady_clock::now() - since);
    if (!heard) {
      state.is_listening = false;
      tell(false);
      is_at("connecting again");
      delayed_send(this, before_connecting_again, hear_on{});
      return;
    }
    pass_on(std::move(*heard));
    if (waits)
      send(this, hear_on{});
    else
      delayed_send(this, one_wait, hear_on{});
  }

  void tell(bool hears) {
    context_->counts->hears_endings = hears;
    send(router_, hears_endings{hears});
  }

  void pass_on(std::vector<persistence::revocation> heard) {
    for (const auto& one : heard)
      context_->counts->endings_heard[one.index()].fetch_add(1, std::memory_order_relaxed);
    if (!heard.empty())
      send(router_, forget_callers{std::move(heard)});
  }

  context_ptr context_;
  open_revocations open_;
  caf::actor router_;
};

} // namespace

caf::actor spawn_revocation_listener(caf::event_based_actor* root, context_ptr context, open_revocations open,
                                     caf::actor router) {
  if (context->settings.detached_stores)
    return root->spawn<revocation_listener, caf::detached + caf::monitored>(std::move(context), std::move(open),
                                                                            std::move(router));
  return root->spawn<revocation_listener, caf::monitored>(std::move(context), std::move(open), std::move(router));
}

} // namespace easel::actors
