#pragma once

#include "policies/vocabulary/time.hpp"

#include <algorithm>

namespace easel::policies {

/// The pause before something is tried again that must come about in the end: `first`, doubled for each attempt `made`
/// after it, at most `longest`. For one node's own parts and its database; calls to upstreams have `retry_delay`.
[[nodiscard]] constexpr duration doubling_pause(duration first, duration longest, int made) {
  auto pause = first;
  for (int i = 0; i < made && pause < longest; ++i)
    pause *= 2;
  return std::min(pause, longest);
}

} // namespace easel::policies
