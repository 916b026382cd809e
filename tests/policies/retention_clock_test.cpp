#include "policies/retention_clock.hpp"

#include <boost/test/unit_test.hpp>

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

} // namespace

BOOST_AUTO_TEST_SUITE(retention_clock)

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

BOOST_AUTO_TEST_SUITE_END()
