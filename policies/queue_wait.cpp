#include "policies/queue_wait.hpp"

namespace easel::policies {

duration time_of_place(duration before, const queue_motion& seen) {
  if (seen.waiting == 0)
    return duration(0);
  if (seen.left == 0)
    return before;
  const auto each = seen.span / static_cast<std::int64_t>(seen.left);
  return before == duration(0) ? each : (before * 7 + each) / 8;
}

} // namespace easel::policies
