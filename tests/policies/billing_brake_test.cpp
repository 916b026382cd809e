#include "policies/billing_brake.hpp"
#include "tests/policies/seeds.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(the_brake_of_billing)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::start;

namespace {

void answers(billing_brake& brake, int count) {
  for (int i = 0; i < count; ++i)
    brake.was_answered();
}

} // namespace

BOOST_AUTO_TEST_CASE(all_lines_are_open_until_stripe_says_that_it_is_too_much) {
  billing_brake brake(8);
  answers(brake, 1000);
  BOOST_TEST(brake.may_be_open(start) == 8);
  brake.was_limited(start);
  BOOST_TEST(brake.may_be_open(start) == 0);
  BOOST_TEST(brake.may_be_open(start + billing_brake::first_pause - 1us) == 0);
  BOOST_TEST(brake.may_be_open(start + billing_brake::first_pause) == 4);
}

BOOST_AUTO_TEST_CASE(refusals_of_one_pause_count_once_and_those_after_it_double_it) {
  billing_brake brake(8);
  auto now = start;
  for (int i = 0; i < 8; ++i)
    brake.was_limited(now);
  auto pause = billing_brake::first_pause;
  BOOST_TEST(brake.may_be_open(now + pause) == 4);
  for (int i = 0; i < 10; ++i) {
    now += pause;
    brake.was_limited(now);
    pause = std::min(pause * 2, billing_brake::longest_pause);
    BOOST_TEST(brake.may_be_open(now + pause - 1us) == 0);
    BOOST_TEST(brake.may_be_open(now + pause) >= 1);
  }
  BOOST_TEST(brake.may_be_open(now + pause) == 1);
}

BOOST_AUTO_TEST_CASE(answers_open_one_line_after_the_other_up_to_the_bound) {
  billing_brake brake(3);
  brake.has_failed();
  BOOST_TEST(brake.may_be_open(start) == 1);
  answers(brake, billing_brake::answers_for_one_more - 1);
  BOOST_TEST(brake.may_be_open(start) == 1);
  answers(brake, 1);
  BOOST_TEST(brake.may_be_open(start) == 2);
  answers(brake, 100);
  BOOST_TEST(brake.may_be_open(start) == 3);
}

BOOST_AUTO_TEST_CASE(whatever_happens_a_line_is_open_after_the_longest_pause_and_never_more_than_the_bound) {
  test::for_seeds(200, [](test::seeded& random) {
    const int most = random.between(1, 64);
    billing_brake brake(most);
    auto now = start;
    for (int i = 0; i < 300; ++i) {
      switch (random.between(0, 5)) {
      case 0:
        brake.was_limited(now);
        break;
      case 1:
        brake.has_failed();
        break;
      default:
        brake.was_answered();
        break;
      }
      BOOST_TEST(brake.may_be_open(now) <= most);
      BOOST_TEST(brake.may_be_open(now + billing_brake::longest_pause) >= 1);
      now += std::chrono::milliseconds(random.between(0, 2000));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
