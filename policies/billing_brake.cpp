#include "policies/billing_brake.hpp"

#include <algorithm>

namespace easel::policies {

int billing_brake::may_be_open(moment now) const { return now < paused_until_ ? 0 : lines_; }

void billing_brake::was_answered() {
  pause_ = {};
  if (lines_ == most_ || ++answers_ < answers_for_one_more)
    return;
  answers_ = 0;
  ++lines_;
}

void billing_brake::was_limited(moment now) {
  if (now < paused_until_)
    return;
  pause_ = pause_ == duration{} ? first_pause : std::min(pause_ * 2, longest_pause);
  paused_until_ = now + pause_;
  lines_ = std::max(1, lines_ / 2);
  answers_ = 0;
}

void billing_brake::has_failed() {
  lines_ = 1;
  answers_ = 0;
}

} // namespace easel::policies
