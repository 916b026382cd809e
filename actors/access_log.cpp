#include "actors/access_log.hpp"

#include "actors/observed.hpp"

namespace easel::actors {

namespace {

struct flush_lines {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::flush_lines)

namespace easel::actors {

namespace {

struct log_state {
  static inline const char* name = "access log";
  log_state() = default;
  log_state(const log_state&) = delete;
  log_state& operator=(const log_state&) = delete;
  ~log_state() {
    if (queue)
      queue->attach(nullptr); // it must not hold an actor that has ended
  }

  std::shared_ptr<access_queue> queue;
  std::unique_ptr<persistence::store> store;
  bool alarmed = false; ///< a flush is due
};

class access_log : public house_actor<log_state> {
public:
  access_log(caf::actor_config& config, context_ptr context, open_store open)
      : house_actor<log_state>(config), context_(std::move(context)), open_(std::move(open)) {
    is_kind("access log");
    state.queue = context_->access;
  }

  caf::behavior make_behavior() override {
    state.queue->attach(caf::actor_cast<caf::actor>(this));
    return {
      [this](const lines_wait&) { flush_later(); },
      [this](const batch_waits&) { flush(); },
      [this](const flush_lines&) {
        state.alarmed = false;
        flush();
      },
      [this](const close_access_log&) {
        while (state.queue->size() > 0 && write_batch()) {
        }
        state.queue->finished();
        quit();
      },
    };
  }

private:
  [[nodiscard]] std::size_t batch() const { return static_cast<std::size_t>(context_->settings.access_log.batch); }

  void flush_later() {
    if (!std::exchange(state.alarmed, true))
      delayed_send(this, context_->settings.access_log.flush, flush_lines{});
  }

  void flush() {
    const bool written = write_batch();
    if (written && state.queue->size() >= batch())
      send(this, batch_waits{});
    else if (state.queue->size() > 0)
      flush_later();
  }

  /// False when the database could not take it: the batch stays.
  bool write_batch() {
    const auto& lines = state.queue->next(batch());
    if (lines.empty())
      return true;
    if (!state.store)
      state.store = open_();
    const auto count = lines.size();
    const auto outcome = state.store->append_access(lines);
    if (!outcome && outcome.error().what == persistence::store_error::kind::unavailable)
      return false;
    (outcome ? context_->counts->access_written : context_->counts->access_refused).fetch_add(count);
    state.queue->done();
    return true;
  }

  context_ptr context_;
  open_store open_;
};

} // namespace

caf::actor spawn_access_log(caf::event_based_actor* root, context_ptr context, open_store open) {
  if (context->settings.detached_stores)
    return root->spawn<access_log, caf::detached + caf::monitored>(std::move(context), std::move(open));
  return root->spawn<access_log, caf::monitored>(std::move(context), std::move(open));
}

} // namespace easel::actors
