#include "policies/breaker.hpp"

#include "tests/policies/seeds.hpp"

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;
using easel::test::start;

namespace {

using phase = breaker::phase;

struct breaker_fixture {
  breaker subject{breaker_policy{3, 5s, 20s}};
  moment now = start;

  void fail(failure_class what = failure_class::unavailable, std::optional<duration> retry_after = {}) {
    subject.started(now);
    subject.failed({what, retry_after, "test"}, now);
  }
  void succeed() {
    subject.started(now);
    subject.succeeded(now);
  }
  void trip() {
    for (int i = 0; i < 3; ++i)
      fail();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(breakers, breaker_fixture)

BOOST_AUTO_TEST_CASE(it_stays_closed_below_the_number_of_failures_in_a_row) {
  for (int round = 0; round < 10; ++round) {
    fail();
    fail();
    BOOST_TEST(subject.admits(now));
    succeed();
  }
  BOOST_TEST((subject.at(now) == phase::closed));
  BOOST_TEST(!subject.opens_for_probe_at());
}

BOOST_AUTO_TEST_CASE(it_opens_for_its_span_and_then_lets_one_probe_through) {
  trip();
  BOOST_TEST((subject.at(now) == phase::open));
  BOOST_TEST(!subject.admits(now + 5s - 1us));
  BOOST_TEST((subject.opens_for_probe_at() == now + 5s));
  now += 5s;
  BOOST_TEST((subject.at(now) == phase::half_open));
  BOOST_TEST(subject.admits(now));
  subject.started(now);
  BOOST_TEST(!subject.admits(now));
  BOOST_TEST(!subject.admits(now + 1h));
  BOOST_TEST(!subject.opens_for_probe_at());
  subject.succeeded(now);
  BOOST_TEST((subject.at(now) == phase::closed));
  BOOST_TEST(subject.admits(now));
}

BOOST_AUTO_TEST_CASE(each_failed_probe_doubles_the_span_up_to_the_longest) {
  trip();
  for (const auto span : {5s, 10s, 20s, 20s}) {
    BOOST_TEST(!subject.admits(now + span - 1us));
    now += span;
    BOOST_TEST(subject.admits(now));
    fail();
  }
  now += 20s;
  succeed();
  trip();
  BOOST_TEST(subject.admits(now + 5s)); // a good probe forgets the long spans
}

BOOST_AUTO_TEST_CASE(refusals_and_our_own_mistakes_are_healthy_answers) {
  for (int i = 0; i < 20; ++i) {
    fail();
    fail();
    fail(i % 2 == 0 ? failure_class::refused : failure_class::our_request);
  }
  BOOST_TEST((subject.at(now) == phase::closed));
  trip();
  now += 5s;
  fail(failure_class::refused);
  BOOST_TEST((subject.at(now) == phase::closed));
}

BOOST_AUTO_TEST_CASE(a_named_pause_opens_it_at_once_for_exactly_that_long) {
  fail(failure_class::busy, 42s);
  BOOST_TEST(!subject.admits(now + 42s - 1us));
  BOOST_TEST(subject.admits(now + 42s));
}

BOOST_AUTO_TEST_CASE(a_pause_of_nothing_or_less_is_an_ordinary_failure) {
  fail(failure_class::busy, 0s);
  fail(failure_class::busy, -5s);
  BOOST_TEST(subject.admits(now));
}

BOOST_AUTO_TEST_CASE(a_refused_key_or_balance_opens_it_at_once) {
  fail(failure_class::our_account);
  BOOST_TEST(!subject.admits(now));
  BOOST_TEST(subject.admits(now + 5s));
}

BOOST_AUTO_TEST_CASE(answers_to_calls_from_before_do_not_end_a_cool_down) {
  subject.started(now);
  fail(failure_class::busy, 30s);
  subject.succeeded(now + 1s);
  BOOST_TEST(!subject.admits(now + 30s - 1us));
  subject.failed({failure_class::busy, 60s, "test"}, now + 2s);
  BOOST_TEST(!subject.admits(now + 62s - 1us));
  subject.failed({failure_class::busy, 1s, "test"}, now + 3s);
  BOOST_TEST(subject.admits(now + 62s));
}

BOOST_AUTO_TEST_CASE(an_abandoned_probe_makes_room_for_the_next) {
  trip();
  now += 5s;
  subject.started(now);
  subject.abandoned(now);
  BOOST_TEST((subject.at(now) == phase::half_open));
  BOOST_TEST(subject.admits(now));
}

BOOST_AUTO_TEST_CASE(held_open_it_stays_so_until_its_time_and_then_probes) {
  subject.hold_open(now + 1min);
  BOOST_TEST((subject.at(now) == phase::open));
  subject.succeeded(now); // of a call that began before
  now += 59s;
  BOOST_TEST(!subject.admits(now));
  now += 1s;
  BOOST_TEST((subject.at(now) == phase::half_open));
  BOOST_TEST(subject.admits(now));
  fail();
  BOOST_TEST((subject.opens_for_probe_at() == now + 10s)); // as after a failed probe: twice the first span
  now += 10s;
  succeed();
  BOOST_TEST((subject.at(now) == phase::closed));
}

BOOST_AUTO_TEST_CASE(held_open_a_longer_pause_stays) {
  fail(failure_class::busy, 5min);
  subject.hold_open(now + 1min);
  BOOST_TEST((subject.opens_for_probe_at() == now + 5min));
  subject.hold_open(now + 10min);
  BOOST_TEST((subject.opens_for_probe_at() == now + 10min));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(breakers_under_random_answers)

BOOST_AUTO_TEST_CASE(whatever_happens_it_admits_again_once_everything_has_been_answered) {
  for_seeds(300, [](seeded& random) {
    breaker subject(breaker_policy{3, 5s, 20s});
    moment now = start;
    int in_flight = 0;
    const auto answer = [&] {
      const auto what = all_failure_classes[random.between<std::size_t>(0, all_failure_classes.size() - 1)];
      const auto pause = random.one_in(4) ? std::optional<duration>(random.between(0, 90) * 1s) : std::nullopt;
      if (random.one_in(3))
        subject.succeeded(now);
      else if (random.one_in(4))
        subject.abandoned(now);
      else
        subject.failed({what, pause, "test"}, now);
      --in_flight;
    };
    for (int step = 0; step < 60; ++step) {
      now += random.between(0, 4000) * 1ms;
      const bool half_open = subject.at(now) == phase::half_open;
      if (subject.admits(now)) {
        subject.started(now);
        ++in_flight;
        BOOST_TEST((!half_open || !subject.admits(now))); // one probe at a time
      } else if (in_flight > 0) {
        answer();
      }
    }
    while (in_flight > 0)
      answer();
    BOOST_TEST(subject.admits(subject.opens_for_probe_at().value_or(now) + 1us));
  });
}

BOOST_AUTO_TEST_SUITE_END()
