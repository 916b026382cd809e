#pragma once

#include "policies/vocabulary/time.hpp"

namespace easel::policies {

/// Blocked prompts and refusals after acceptance are strikes. A person who collects them cools down, then is
/// suspended until an operator lifts it.
struct strike_policy {
  int cooldown_after = 5;
  duration cooldown_window = std::chrono::hours(1);
  duration cooldown_for = std::chrono::minutes(10);
  int suspend_after = 20;
  duration suspend_window = std::chrono::hours(24 * 7);
};

enum class strike_effect { none, cool_down, suspend };

/// `in_cooldown_window` and `in_suspend_window` count the new strike too. Counts start anew after a lift.
[[nodiscard]] strike_effect after_strike(const strike_policy&, int in_cooldown_window, int in_suspend_window);

} // namespace easel::policies
