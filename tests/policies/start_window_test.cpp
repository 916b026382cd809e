#include "policies/start_window.hpp"

#include "tests/policies/seeds.hpp"

#include <vector>

BOOST_AUTO_TEST_SUITE(start_windows)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;
using easel::test::start;

BOOST_AUTO_TEST_CASE(no_sliding_span_ever_holds_more_starts_than_allowed) {
  for_seeds(100, [](seeded& random) {
    const int most = random.between(1, 20);
    const auto span = random.between(1, 10) * 1s;
    start_window window(most, span);
    moment now = start;
    std::vector<moment> starts;
    for (int i = 0; i < 300; ++i) {
      now += random.between(0, 1'000'000) * 1us;
      if (window.admits(now)) {
        window.started(now);
        starts.push_back(now);
      }
    }
    BOOST_TEST(starts.size() > static_cast<std::size_t>(most));
    int crowded = 0;
    for (std::size_t i = static_cast<std::size_t>(most); i < starts.size(); ++i)
      crowded += starts[i] - starts[i - static_cast<std::size_t>(most)] < span;
    BOOST_TEST(crowded == 0);
  });
}

BOOST_AUTO_TEST_CASE(the_next_moment_is_the_first_that_admits) {
  for_seeds(100, [](seeded& random) {
    start_window window(random.between(1, 5), 10s);
    moment now = start;
    for (int i = 0; i < 50; ++i) {
      now += random.between(0, 3000) * 1ms;
      const auto next = window.next(now);
      BOOST_TEST((next >= now));
      BOOST_TEST(window.admits(next));
      BOOST_TEST((next == now || !window.admits(next - 1ns)));
      if (random.one_in(2))
        now = next;
      if (window.admits(now))
        window.started(now);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_whole_window_may_start_at_once_and_then_none_until_it_has_passed) {
  start_window window(20, 10s);
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(window.admits(start));
    window.started(start);
  }
  BOOST_TEST(!window.admits(start));
  BOOST_TEST((window.next(start + 3s) == start + 10s));
  BOOST_TEST(!window.admits(start + 10s - 1ns));
  BOOST_TEST(window.admits(start + 10s));
}

BOOST_AUTO_TEST_CASE(starts_that_were_forced_still_count) {
  start_window window(2, 10s);
  for (const auto at : {0s, 1s, 2s, 3s})
    window.started(start + at);
  BOOST_TEST(!window.admits(start + 11s));
  BOOST_TEST(window.admits(start + 12s));
}

BOOST_AUTO_TEST_CASE(zero_starts_mean_no_limit) {
  start_window window(0, 10s);
  for (int i = 0; i < 1000; ++i)
    window.started(start);
  BOOST_TEST(window.admits(start));
  BOOST_TEST((window.next(start) == start));
}

BOOST_AUTO_TEST_SUITE_END()
