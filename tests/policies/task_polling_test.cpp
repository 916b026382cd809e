#include "policies/task_polling.hpp"

#include <boost/test/unit_test.hpp>

#include <climits>
#include <vector>

BOOST_AUTO_TEST_SUITE(task_polling)

using namespace easel;
using namespace std::chrono_literals;
using policies::poll_pause;

BOOST_AUTO_TEST_CASE(a_task_is_asked_about_often_at_first_and_every_ten_seconds_then) {
  const std::vector<duration> expected{2s, 3s, 5s, 8s, 10s, 10s};
  for (std::size_t made = 0; made < expected.size(); ++made)
    BOOST_TEST((poll_pause(static_cast<int>(made)) == expected[made]), "after " << made);
  BOOST_TEST((poll_pause(INT_MAX) == 10s));
}

BOOST_AUTO_TEST_SUITE_END()
