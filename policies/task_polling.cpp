#include "policies/task_polling.hpp"

#include <algorithm>
#include <array>

namespace easel::policies {

duration poll_pause(int made) {
  using std::chrono::seconds;
  constexpr std::array pauses{seconds(2), seconds(3), seconds(5), seconds(8), seconds(10)};
  return pauses[std::min(static_cast<std::size_t>(std::max(made, 0)), pauses.size() - 1)];
}

} // namespace easel::policies
