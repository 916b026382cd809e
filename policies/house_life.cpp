#include "policies/house_life.hpp"

#include "policies/doubling_pause.hpp"

namespace easel::policies {

namespace {

constexpr auto calm = std::chrono::minutes(1);
constexpr auto first_pause = std::chrono::milliseconds(500);
constexpr auto longest_pause = std::chrono::seconds(30);

} // namespace

std::string_view to_string(house_phase at) {
  switch (at) {
  case house_phase::starting:
    return "starting";
  case house_phase::running:
    return "running";
  case house_phase::falling:
    return "falling";
  case house_phase::draining:
    return "draining";
  case house_phase::leaving:
    return "leaving";
  case house_phase::drained:
    return "drained";
  case house_phase::over:
    return "over";
  }
  return "unknown";
}

after_loss when_part_is_lost(house_phase at) {
  if (at == house_phase::running || at == house_phase::starting)
    return after_loss::fall;
  return at == house_phase::draining ? after_loss::leave : after_loss::nothing;
}

next_life when_all_have_ended(house_phase at, bool stop_wanted, bool kept_out) {
  if (at == house_phase::over || stop_wanted)
    return next_life::never;
  if (at == house_phase::drained && !kept_out)
    return next_life::at_once;
  return at == house_phase::falling ? next_life::after_pause : next_life::none;
}

int failures_after(int before, std::chrono::nanoseconds lived) { return lived > calm ? 1 : before + 1; }

duration restart_pause(int failures) { return doubling_pause(first_pause, longest_pause, failures); }

} // namespace easel::policies
