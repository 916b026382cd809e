#include "policies/doubling_pause.hpp"

#include <boost/test/unit_test.hpp>

#include <climits>
#include <vector>

BOOST_AUTO_TEST_SUITE(doubling_pauses)

using namespace easel;
using namespace std::chrono_literals;
using policies::doubling_pause;

BOOST_AUTO_TEST_CASE(each_attempt_doubles_the_pause_until_the_longest) {
  const std::vector<duration> expected{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 10s, 10s};
  for (int made = 0; made < static_cast<int>(expected.size()); ++made)
    BOOST_TEST((doubling_pause(100ms, 10s, made) == expected[static_cast<std::size_t>(made)]), "after " << made);
}

BOOST_AUTO_TEST_CASE(years_of_attempts_do_not_overflow) {
  BOOST_TEST((doubling_pause(500ms, 30s, INT_MAX) == 30s));
  BOOST_TEST((doubling_pause(1us, 24h, INT_MAX) == 24h));
}

BOOST_AUTO_TEST_CASE(the_first_pause_is_no_longer_than_the_longest) {
  BOOST_TEST((doubling_pause(10s, 3s, 0) == 3s));
  BOOST_TEST((doubling_pause(10s, 10s, 5) == 10s));
}

BOOST_AUTO_TEST_SUITE_END()
