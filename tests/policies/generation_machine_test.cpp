#include "policies/generation_machine.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

BOOST_AUTO_TEST_SUITE(generation_machine)

using namespace easel;
using namespace easel::policies;

namespace {

using state = generation_state;
using event = generation_event;

/// The drawing, written a second time by hand.
const std::map<std::pair<state, event>, state> drawn{
  {{state::accepted, event::verdict_clean}, state::queued},
  {{state::accepted, event::verdict_blocked}, state::blocked},
  {{state::queued, event::dispatched}, state::dispatched},
  {{state::dispatched, event::images_stored}, state::completed},
  {{state::accepted, event::gave_up}, state::failed},
  {{state::queued, event::gave_up}, state::failed},
  {{state::dispatched, event::gave_up}, state::failed},
  {{state::dispatched, event::refused}, state::failed},
  {{state::accepted, event::cancel}, state::cancelled},
  {{state::queued, event::cancel}, state::cancelled},
};

/// States that can be reached from `from` without passing `without`.
std::set<state> reachable(state from, event without) {
  std::set<state> seen{from};
  for (std::size_t before = 0; before != seen.size();) {
    before = seen.size();
    for (const auto each : std::set(seen))
      for (const auto by : all_generation_events)
        if (const auto to = next(each, by); to && by != without)
          seen.insert(*to);
  }
  return seen;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_state_and_event_does_what_the_drawing_says) {
  for (const auto from : all_generation_states) {
    for (const auto by : all_generation_events) {
      const auto edge = drawn.find({from, by});
      const auto to = next(from, by);
      BOOST_TEST_INFO(to_string(from) << " -" << to_string(by) << "->");
      BOOST_TEST((edge == drawn.end() ? !to : to == edge->second));
    }
  }
}

BOOST_AUTO_TEST_CASE(THIRD_3_no_way_to_dispatched_skips_a_clean_verdict) {
  const auto without_verdict = reachable(state::accepted, event::verdict_clean);
  BOOST_TEST(!without_verdict.contains(state::dispatched));
  BOOST_TEST(!without_verdict.contains(state::completed));
}

BOOST_AUTO_TEST_CASE(GEN_1_no_way_to_completed_skips_stored_images) {
  BOOST_TEST(!reachable(state::accepted, event::images_stored).contains(state::completed));
}

BOOST_AUTO_TEST_CASE(every_state_can_be_reached_and_only_terminal_ones_have_no_way_out) {
  const auto reached = reachable(state::accepted, static_cast<event>(99));
  BOOST_TEST(reached.size() == all_generation_states.size());
  for (const auto from : all_generation_states) {
    bool leaves = false;
    for (const auto by : all_generation_events)
      leaves = leaves || next(from, by).has_value();
    BOOST_TEST(leaves == !is_terminal(from));
  }
}

BOOST_AUTO_TEST_CASE(values_outside_the_sets_have_no_edge) {
  BOOST_TEST(!next(static_cast<state>(200), event::cancel));
  BOOST_TEST(!next(state::accepted, static_cast<event>(200)));
}

BOOST_AUTO_TEST_SUITE_END()
