#include "policies/strikes.hpp"

namespace easel::policies {

strike_effect after_strike(const strike_policy& policy, int in_cooldown_window, int in_suspend_window) {
  if (in_suspend_window >= policy.suspend_after)
    return strike_effect::suspend;
  return in_cooldown_window >= policy.cooldown_after ? strike_effect::cool_down : strike_effect::none;
}

} // namespace easel::policies
