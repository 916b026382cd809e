#include "actors/root_actor.hpp"

#include "actors/access_log.hpp"

#include <utility>

namespace easel::actors {

// -------------------------------------------------------------- the access log

void root_actor::open_log() {
  if (!state.log_closed)
    state.log = spawn_access_log(this, context_, open_);
}

void root_actor::on_close_log() {
  if (std::exchange(state.log_closed, true))
    return;
  if (state.log)
    send(state.log, close_access_log{});
  else
    context_->access->finished(); // it died a moment ago; what waits is lost with the process
}

void root_actor::on_log_down() {
  state.log = nullptr;
  if (!state.log_closed)
    delayed_send(this, before_replacing, reopen_log{});
  else if (state.at == phase::over)
    quit();
}

// -------------------------------------------------------------- what the house was given

void root_actor::open_lone(std::size_t which) {
  state.alone[which] = alone_[which].spawn(this);
  if (alone_[which].serve)
    alone_[which].serve(state.alone[which]);
}

void root_actor::on_lone_down(std::size_t which) {
  state.alone[which] = nullptr;
  if (alone_[which].serve)
    alone_[which].serve(nullptr);
  delayed_send(this, before_replacing, renew_lone{which});
}

} // namespace easel::actors
