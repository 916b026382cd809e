#include "policies/generation_machine.hpp"

namespace easel::policies {

namespace {

using state = generation_state;
using event = generation_event;

struct edge {
  state from;
  event by;
  state to;
};

/// The whole machine. What is not listed cannot happen.
constexpr std::array edges{
  edge{state::accepted, event::verdict_clean, state::queued},
  edge{state::accepted, event::verdict_blocked, state::blocked},
  edge{state::accepted, event::gave_up, state::failed},
  edge{state::accepted, event::cancel, state::cancelled},
  edge{state::queued, event::dispatched, state::dispatched},
  edge{state::queued, event::gave_up, state::failed},
  edge{state::queued, event::cancel, state::cancelled},
  edge{state::dispatched, event::images_stored, state::completed},
  edge{state::dispatched, event::gave_up, state::failed},
  edge{state::dispatched, event::refused, state::failed},
};

/// Looked up by (state, event) instead of searched, and built by the compiler from the list above.
constexpr auto transitions = [] {
  std::array<std::array<std::optional<state>, all_generation_events.size()>, all_generation_states.size()> filled{};
  for (const auto& each : edges)
    filled[static_cast<std::size_t>(each.from)][static_cast<std::size_t>(each.by)] = each.to;
  return filled;
}();

} // namespace

std::optional<generation_state> next(generation_state from, generation_event by) {
  const auto row = static_cast<std::size_t>(from);
  const auto column = static_cast<std::size_t>(by);
  if (row >= transitions.size() || column >= transitions[row].size())
    return std::nullopt;
  return transitions[row][column];
}

std::string_view to_string(generation_event value) {
  switch (value) {
  case event::verdict_clean:
    return "verdict_clean";
  case event::verdict_blocked:
    return "verdict_blocked";
  case event::dispatched:
    return "dispatched";
  case event::images_stored:
    return "images_stored";
  case event::gave_up:
    return "gave_up";
  case event::refused:
    return "refused";
  case event::cancel:
    return "cancel";
  }
  return "unknown";
}

} // namespace easel::policies
