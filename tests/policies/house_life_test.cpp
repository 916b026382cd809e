#include "policies/house_life.hpp"

#include <boost/test/unit_test.hpp>

#include <climits>
#include <map>

BOOST_AUTO_TEST_SUITE(lives_of_a_house)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using phase = house_phase;

BOOST_AUTO_TEST_CASE(a_part_that_is_lost_fells_a_house_that_works_and_ends_a_drain) {
  const std::map<phase, after_loss> others{
    {phase::starting, after_loss::fall}, {phase::running, after_loss::fall}, {phase::draining, after_loss::leave}};
  for (const auto at : all_house_phases) {
    const auto found = others.find(at);
    const auto expected = found == others.end() ? after_loss::nothing : found->second;
    BOOST_TEST((when_part_is_lost(at) == expected), to_string(at));
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_is_to_end_starts_nothing_whatever_it_did) {
  for (const auto at : all_house_phases)
    for (const bool kept_out : {false, true})
      BOOST_TEST((when_all_have_ended(at, true, kept_out) == next_life::never), to_string(at));
  BOOST_TEST((when_all_have_ended(phase::over, false, false) == next_life::never));
}

BOOST_AUTO_TEST_CASE(what_fell_starts_after_a_pause_even_when_an_operator_wants_it_out) {
  BOOST_TEST((when_all_have_ended(phase::falling, false, false) == next_life::after_pause));
  BOOST_TEST((when_all_have_ended(phase::falling, false, true) == next_life::after_pause));
}

BOOST_AUTO_TEST_CASE(what_was_drained_starts_once_nobody_wants_it_out) {
  BOOST_TEST((when_all_have_ended(phase::drained, false, true) == next_life::none));
  BOOST_TEST((when_all_have_ended(phase::drained, false, false) == next_life::at_once));
}

BOOST_AUTO_TEST_CASE(calls_are_let_in_while_it_runs_or_drains) {
  for (const auto at : all_house_phases)
    BOOST_TEST(is_serving(at) == (at == phase::running || at == phase::draining), to_string(at));
}

BOOST_AUTO_TEST_CASE(a_minute_of_life_forgets_earlier_failures) {
  BOOST_TEST(failures_after(0, 1s) == 1);
  BOOST_TEST(failures_after(4, 60s) == 5);
  BOOST_TEST(failures_after(4, 60s + 1ns) == 1);
}

BOOST_AUTO_TEST_CASE(the_pause_doubles_up_to_half_a_minute) {
  BOOST_TEST((restart_pause(1) == 1s));
  BOOST_TEST((restart_pause(2) == 2s));
  BOOST_TEST((restart_pause(5) == 16s));
  BOOST_TEST((restart_pause(6) == 30s));
  BOOST_TEST((restart_pause(INT_MAX) == 30s));
}

BOOST_AUTO_TEST_SUITE_END()
