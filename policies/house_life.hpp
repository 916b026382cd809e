#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <string_view>

/// What becomes of a node's parts that stand and fall together, from one life to the next.
namespace easel::policies {

enum class house_phase {
  starting, ///< waits for a lease
  running,
  falling,  ///< a part was lost: the others are being ended, and all start over
  draining, ///< takes nothing new and ends what it has
  leaving,  ///< gives its lease up
  drained,  ///< nothing runs, until an operator's wish is over
  over,     ///< the process ends
};

inline constexpr std::array all_house_phases{house_phase::starting, house_phase::running, house_phase::falling,
                                             house_phase::draining, house_phase::leaving, house_phase::drained,
                                             house_phase::over};

[[nodiscard]] std::string_view to_string(house_phase);

/// Whether calls are let in to be answered, if only with a refusal.
[[nodiscard]] constexpr bool is_serving(house_phase at) {
  return at == house_phase::running || at == house_phase::draining;
}

enum class after_loss {
  fall,    ///< end the others, start over
  leave,   ///< what is gone drains no more, and whoever knocks must not wait for it
  nothing, ///< the others are being ended already
};
[[nodiscard]] after_loss when_part_is_lost(house_phase at);

enum class next_life {
  none,        ///< it stays as it is
  at_once,     ///< resumed while it was still handing over
  after_pause, ///< `restart_pause`
  never,       ///< the process ends
};
/// All parts have ended. `stop_wanted`: the process is to end. `kept_out`: an operator still wants the node out of
/// service.
[[nodiscard]] next_life when_all_have_ended(house_phase at, bool stop_wanted, bool kept_out);

/// Failures in a row, the one that ended this life included. A life of more than a minute forgets earlier ones.
[[nodiscard]] int failures_after(int before, std::chrono::nanoseconds lived);

/// Before the next life: half a second, doubled with each failure in a row, at most half a minute.
[[nodiscard]] duration restart_pause(int failures);

} // namespace easel::policies
