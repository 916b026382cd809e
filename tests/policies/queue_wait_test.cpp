#include "policies/queue_wait.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(queue_waits)

using namespace easel;
using namespace std::chrono_literals;
using policies::time_of_place;
using policies::wait_at;

BOOST_AUTO_TEST_CASE(the_first_look_that_sees_somebody_leave_is_believed_as_it_is) {
  BOOST_TEST((time_of_place(0us, {10, 5, 250ms}) == 50ms));
  BOOST_TEST((time_of_place(0us, {10, 1, 250ms}) == 250ms));
}

BOOST_AUTO_TEST_CASE(later_looks_move_it_by_an_eighth) {
  BOOST_TEST((time_of_place(80ms, {10, 1, 160ms}) == 90ms));
  BOOST_TEST((time_of_place(80ms, {10, 100, 0ms}) == 70ms));
}

BOOST_AUTO_TEST_CASE(a_look_that_sees_nobody_leave_changes_nothing) {
  BOOST_TEST((time_of_place(80ms, {10, 0, 250ms}) == 80ms));
  BOOST_TEST((time_of_place(0us, {10, 0, 250ms}) == 0us));
}

BOOST_AUTO_TEST_CASE(without_a_queue_what_was_known_is_forgotten) {
  BOOST_TEST((time_of_place(80ms, {0, 0, 250ms}) == 0us));
  BOOST_TEST((time_of_place(80ms, {0, 7, 250ms}) == 0us));
}

BOOST_AUTO_TEST_CASE(it_settles_at_a_steady_pace) {
  auto place = 5'000'000us;
  for (int look = 0; look < 200; ++look)
    place = time_of_place(place, {3, 2, 250ms});
  BOOST_TEST((place >= 125ms && place <= 126ms), place.count());
}

BOOST_AUTO_TEST_CASE(who_is_next_waits_for_one_place) {
  BOOST_TEST((wait_at(0, 50ms) == 50ms));
  BOOST_TEST((wait_at(9'999, 50ms) == 500s));
  BOOST_TEST((wait_at(9'999, 0us) == 0us));
}

BOOST_AUTO_TEST_SUITE_END()
