#include "actors/console.hpp"

#include "actors/console_board.hpp"
#include "actors/observed.hpp"

namespace easel::actors {

namespace {

struct take_sample {};
struct renew_reader {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::take_sample)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_reader)

namespace easel::actors {

namespace {

constexpr auto sample_every = std::chrono::seconds(1);
constexpr auto reader_pause = std::chrono::seconds(1);

struct console_state {
  static inline const char* name = "console";
  console_state() = default;
  console_state(const console_state&) = delete;
  console_state& operator=(const console_state&) = delete;
  ~console_state() {
    if (reader)
      caf::anon_send<caf::message_priority::high>(
        reader, caf::exit_msg{reader.address(), caf::make_error(caf::exit_reason::user_shutdown)});
  }

  caf::actor reader;
};

class console_actor : public house_actor<console_state> {
public:
  console_actor(caf::actor_config& config, context_ptr context)
      : house_actor<console_state>(config), context_(std::move(context)) {
    is_kind("console");
    set_down_handler([this](caf::down_msg&) {
      state.reader = nullptr;
      delayed_send(this, reader_pause, renew_reader{});
    });
  }

  caf::behavior make_behavior() override {
    state.reader = spawn_console_reader(this, context_);
    send(this, take_sample{});
    return {
      [this](const take_sample&) {
        delayed_send(this, sample_every, take_sample{});
        house_traces(home_system()).look();
        context_->console->sample(*context_, house_directory(home_system()), house_upstreams(home_system()));
      },
      [this](const renew_reader&) {
        if (!state.reader)
          state.reader = spawn_console_reader(this, context_);
      },
    };
  }

private:
  context_ptr context_;
};

} // namespace

caf::actor spawn_console(caf::event_based_actor* root, context_ptr context) {
  return root->spawn<console_actor, caf::monitored>(std::move(context));
}

} // namespace easel::actors
