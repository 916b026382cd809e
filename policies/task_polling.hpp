#pragma once

#include "policies/vocabulary/time.hpp"

/// How patiently a task upstream is asked about, which says nothing by itself unless its callback arrives.
namespace easel::policies {

/// Before the poll that follows `made` of them: 2, 3, 5, 8, then 10 s (upstreams, section 5.1).
[[nodiscard]] duration poll_pause(int made);

} // namespace easel::policies
