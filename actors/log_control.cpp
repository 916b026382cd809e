#include "actors/log_control.hpp"

namespace easel::actors {

void log_control::change(const std::string& to, steady_moment until) {
  if (!parts_.set_level)
    return;
  std::lock_guard lock(guard_);
  if (!usual_)
    usual_ = level();
  until_ = until;
  parts_.set_level(to);
}

void log_control::look(steady_moment now) {
  std::lock_guard lock(guard_);
  if (!usual_ || now < until_)
    return;
  parts_.set_level(*usual_);
  if (parts_.say)
    parts_.say("the log's level is " + *usual_ + " again");
  usual_.reset();
}

} // namespace easel::actors
