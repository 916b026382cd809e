#include "policies/start_window.hpp"

#include <algorithm>

namespace easel::policies {

bool start_window::admits(moment now) const { return next(now) <= now; }

moment start_window::next(moment now) const {
  if (starts_ <= 0 || log_.size() < static_cast<std::size_t>(starts_))
    return now;
  return std::max(now, log_.front() + per_);
}

void start_window::started(moment now) {
  if (starts_ <= 0)
    return;
  log_.push_back(now);
  if (log_.size() > static_cast<std::size_t>(starts_))
    log_.pop_front();
}

int start_window::used(moment now) const {
  return static_cast<int>(std::count_if(log_.begin(), log_.end(), [&](moment at) { return at + per_ > now; }));
}

} // namespace easel::policies
