#include "policies/retention_clock.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(retention_clock)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr instant noon = instant(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h);

host_uptime host(std::uint8_t boot, duration up) {
  host_uptime out;
  out.boot.bytes[0] = boot;
  out.up = up;
  return out;
}

/// The node agrees with the database.
clock_reading reading(instant at, host_uptime on) { return {at, at, at, on}; }

clock_mark mark(instant at, host_uptime on) { return {at, on}; }

/// How many rounds, a minute apart on a host that stays up, are believed while node and database gain `each` in each
/// of them; `most` when all are. What is kept between two rounds is all that the second knows.
int rounds_believed(duration each, int most, std::optional<clock_mark> last = std::nullopt) {
  for (int i = 0; i < most; ++i) {
    const auto now = reading(noon + i * (1min + each), host(1, 5h + i * 1min));
    if (judge_clock(last, now) != clock_fault::none)
      return i;
    last = mark_of(last, now);
  }
  return most;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_first_reading_is_believed_when_both_clocks_agree) {
  BOOST_TEST((judge_clock(std::nullopt, reading(noon, host(1, 1h))) == clock_fault::none));
}

BOOST_AUTO_TEST_CASE(clocks_may_differ_by_a_minute_and_no_more) {
  for (const auto sign : {1, -1}) {
    clock_reading r = reading(noon, host(1, 1h));
    r.database += sign * 60s;
    BOOST_TEST((judge_clock(std::nullopt, r) == clock_fault::none));
    r.database += sign * 1us;
    BOOST_TEST((judge_clock(std::nullopt, r) == clock_fault::apart));
  }
}

BOOST_AUTO_TEST_CASE(a_slow_answer_of_the_database_is_no_difference) {
  const clock_reading r{noon, noon + 90s, noon + 100s, host(1, 1h)};
  BOOST_TEST((judge_clock(mark(noon, host(1, 1h - 90s)), r) == clock_fault::none));
}

BOOST_AUTO_TEST_CASE(time_that_has_passed_on_the_host_is_no_leap_however_long_it_was) {
  for (const duration pause : {duration(1min), duration(24h), duration(24h * 7), duration(24h * 366)})
    BOOST_TEST((judge_clock(mark(noon, host(1, 5h)), reading(noon + pause, host(1, 5h + pause))) == clock_fault::none));
}

BOOST_AUTO_TEST_CASE(a_clock_that_moves_more_or_less_than_the_time_that_passed_has_leapt) {
  for (const duration error : {duration(1h + 1us), -duration(1h + 1us), duration(24h * 31), -duration(24h)}) {
    const auto r = reading(noon + 24h + error, host(1, 29h));
    BOOST_TEST((judge_clock(mark(noon, host(1, 5h)), r) == clock_fault::leapt));
  }
  for (const duration error : {duration(1h), -duration(1h), duration(0)})
    BOOST_TEST((judge_clock(mark(noon, host(1, 5h)), reading(noon + 24h + error, host(1, 29h))) == clock_fault::none));
}

BOOST_AUTO_TEST_CASE(after_a_restart_of_the_host_or_on_another_no_more_than_an_hour_is_believed) {
  const auto before = mark(noon, host(1, 5h));
  BOOST_TEST((judge_clock(before, reading(noon + 1h, host(2, 1min))) == clock_fault::none));
  BOOST_TEST((judge_clock(before, reading(noon + 1h + 1us, host(2, 1min))) == clock_fault::unwatched));
  BOOST_TEST((judge_clock(before, reading(noon - 2h, host(2, 1min))) == clock_fault::unwatched));
}

BOOST_AUTO_TEST_CASE(what_an_operator_vouched_for_is_believed_for_an_hour_on_any_host) {
  const clock_mark vouched{noon, std::nullopt};
  for (const std::uint8_t boot : {0, 1, 2}) {
    BOOST_TEST((judge_clock(vouched, reading(noon + 1min, host(boot, 1min))) == clock_fault::none));
    BOOST_TEST((judge_clock(vouched, reading(noon + 2h, host(boot, 2h))) == clock_fault::unwatched));
  }
}

BOOST_AUTO_TEST_CASE(clocks_that_creep_are_believed_until_they_strayed_by_an_hour_in_all) {
  constexpr int week = 7 * 24 * 60;
  BOOST_TEST(rounds_believed(59min, week) == 2); // the first that says anything is the second
  BOOST_TEST(rounds_believed(-59min, week) == 2);
  BOOST_TEST(rounds_believed(10min, week) == 7);
  for (const duration each : {duration(1s), duration(-1s), duration(100ms)})
    BOOST_TEST(rounds_believed(each, 10 * week) < 1.5 * (1h / std::chrono::abs(each)));
}

BOOST_AUTO_TEST_CASE(what_is_forgiven_is_what_clocks_drift_by_and_not_more) {
  constexpr int year = 366 * 24 * 60;
  for (const duration each : {duration(29ms), duration(-29ms)}) // nearly 500 millionths, for a year
    BOOST_TEST(rounds_believed(each, year) == year);
  for (const duration each : {duration(100ms), duration(-100ms)})
    BOOST_TEST(rounds_believed(each, year) < year);
}

BOOST_AUTO_TEST_CASE(a_mark_keeps_what_was_strayed_so_far_less_what_is_forgiven) {
  const auto before = mark(noon, host(1, 5h));
  const auto ahead = mark_of(before, reading(noon + 40min, host(1, 5h + 20min)));
  BOOST_TEST((ahead.database == noon + 40min));
  BOOST_TEST((ahead.host == host(1, 5h + 40min - 1200ms))); // a two-thousandth of 40 minutes
  const auto behind = mark_of(before, reading(noon - 20min, host(1, 5h + 20min)));
  BOOST_TEST((behind.host == host(1, 5h - 20min))); // a clock that goes back forgives nothing
  const auto right = mark_of(before, reading(noon + 20min, host(1, 5h + 20min)));
  BOOST_TEST((right.host == host(1, 5h + 20min)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_right_again_has_not_strayed) {
  auto last = mark(noon, host(1, 5h));
  for (int i = 1; i <= 10; ++i) { // five times off by 50 minutes and back
    const auto error = i % 2 == 1 ? duration(50min) : duration::zero();
    const auto now = reading(noon + i * 1min + error, host(1, 5h + i * 1min));
    BOOST_TEST((judge_clock(last, now) == clock_fault::none));
    last = mark_of(last, now);
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_starts_anew_goes_on_from_what_was_kept) {
  auto last = mark_of(mark(noon, host(1, 5h)), reading(noon + 51min, host(1, 5h + 1min)));
  // Stopped for a day on the same host: the time that passed is known, and what was strayed before is not forgotten.
  auto late = reading(noon + 24h + 51min, host(1, 29h + 1min));
  BOOST_TEST((judge_clock(last, late) == clock_fault::none));
  late.node_before = late.database = late.node_after = noon + 24h + 51min + 11min;
  BOOST_TEST((judge_clock(last, late) == clock_fault::leapt));
}

BOOST_AUTO_TEST_CASE(on_another_host_and_after_a_confirmation_nothing_is_known_of_before) {
  const auto strayed = mark_of(mark(noon, host(1, 5h)), reading(noon + 51min, host(1, 5h + 1min)));
  const auto there = reading(noon + 52min, host(2, 3h));
  BOOST_TEST((judge_clock(strayed, there) == clock_fault::none));
  BOOST_TEST((mark_of(strayed, there).host == there.host));
  BOOST_TEST((mark_of(clock_mark{noon, std::nullopt}, there).host == there.host));
  BOOST_TEST((mark_of(std::nullopt, there).host == there.host));
}

BOOST_AUTO_TEST_CASE(a_machine_that_sleeps_goes_on_and_one_that_was_frozen_by_its_host_for_long_does_not) {
  const auto before = mark(noon, host(1, 5h));
  const auto awake = reading(noon + 9h, host(1, 14h)); // an uptime counts sleep
  BOOST_TEST((judge_clock(before, awake) == clock_fault::none));
  BOOST_TEST((mark_of(before, awake).host == awake.host));
  // A virtual machine that its host had stopped does not know of it: an hour of that is believed.
  BOOST_TEST((judge_clock(before, reading(noon + 50min, host(1, 5h + 1min))) == clock_fault::none));
  BOOST_TEST((judge_clock(before, reading(noon + 9h, host(1, 5h + 1min))) == clock_fault::leapt));
}

BOOST_AUTO_TEST_CASE(daylight_saving_moves_no_clock_and_a_host_that_is_set_by_the_wall_strays_by_an_hour_and_back) {
  const instant change = instant(std::chrono::sys_days{std::chrono::year{2026} / 10 / 25} + 1h); // in Europe
  const auto before = mark(change - 30s, host(1, 5h));
  BOOST_TEST((judge_clock(before, reading(change + 30s, host(1, 5h + 1min))) == clock_fault::none));
  const auto by_the_wall = reading(change + 30s - 1h, host(1, 5h + 1min));
  BOOST_TEST((judge_clock(before, by_the_wall) == clock_fault::none));
  const auto wrong = mark_of(before, by_the_wall);
  const auto mended = reading(change + 90s, host(1, 5h + 2min));
  BOOST_TEST((judge_clock(wrong, mended) == clock_fault::none));
  BOOST_TEST((judge_clock(wrong, reading(change + 90s - 2h, host(1, 5h + 2min))) == clock_fault::leapt));
}

BOOST_AUTO_TEST_SUITE_END()
