#include "policies/retention_schedule.hpp"

#include "policies/retention_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

BOOST_AUTO_TEST_SUITE(retention_schedule)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr day first_day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 1};

day_partition partition(std::string table, day of, partition_state is = partition_state::attached, bool live = false,
                        bool awaited = false) {
  auto name = table + '_' + to_string(of);
  return {std::move(name), std::move(table), of, is, live, awaited};
}

std::vector<planned_step> plan(const std::vector<day_partition>& all, instant now) {
  return plan_partitions(all, now, {});
}

/// Everything of that day has had its time.
instant after(day of) { return of + std::chrono::days(31) + 1min; }

bool operator_says(const std::vector<planned_step>& steps,
                   const std::vector<std::pair<partition_step, std::string>>& want) {
  return std::equal(steps.begin(), steps.end(), want.begin(), want.end(),
                    [](const auto& s, const auto& w) { return s.what == w.first && s.name == w.second; });
}

using step = partition_step;

} // namespace

BOOST_AUTO_TEST_CASE(batches_find_the_size_that_takes_the_time_wanted) {
  const retention_pace pace;
  for (const duration age : {duration::zero(), pace.gentle_for}) // a gentle round, and one that hurries
    for (const auto cost : {1us, 20us, 300us, 5000us}) {         // of one row
      const auto wanted = age < pace.gentle_for ? pace.batch_time : 5 * pace.batch_time;
      int rows = 100;
      for (int i = 0; i < 20; ++i)
        rows = next_batch(rows, rows * cost, age, pace);
      BOOST_TEST(rows >= pace.least_batch);
      BOOST_TEST(rows <= pace.most_batch);
      if (rows > pace.least_batch)
        BOOST_TEST((rows * cost <= 2 * wanted));
      if (rows < pace.most_batch / 2)
        BOOST_TEST((rows * cost >= wanted / 4));
    }
}

BOOST_AUTO_TEST_CASE(a_young_round_works_a_tenth_of_the_time_an_old_one_half_of_it) {
  retention_pace pace;
  pace.gentle_for = 90s;
  for (const auto age : {0s, 89s}) {
    BOOST_TEST((rest_after(0us, age, pace) == 0us));
    BOOST_TEST((rest_after(20ms, age, pace) == 180ms));
    BOOST_TEST((rest_after(10s, age, pace) == 1s));
  }
  for (const duration age : {duration(90s), duration(24h)}) {
    BOOST_TEST((rest_after(0us, age, pace) == 0us));
    BOOST_TEST((rest_after(20ms, age, pace) == 20ms));
    BOOST_TEST((rest_after(10s, age, pace) == 1s));
  }
}

BOOST_AUTO_TEST_CASE(the_next_round_begins_on_time_or_at_once) {
  const retention_pace pace;
  BOOST_TEST((until_next_round(0s, pace) == 1min));
  BOOST_TEST((until_next_round(20s, pace) == 40s));
  BOOST_TEST((until_next_round(2h, pace) == 0s));
}

BOOST_AUTO_TEST_CASE(a_day_is_over_when_its_last_row_has_had_its_time) {
  const auto end = first_day + std::chrono::days(1);
  BOOST_TEST(!is_over(first_day, end + 30 * 24h - 1us, 30 * 24h));
  BOOST_TEST(is_over(first_day, end + 30 * 24h, 30 * 24h));
}

BOOST_AUTO_TEST_CASE(today_and_yesterday_are_never_over_however_short_the_window) {
  const auto midnight = first_day + std::chrono::days(1);
  BOOST_TEST(!is_over(first_day, midnight + 23h, 1min));
  BOOST_TEST(is_over(first_day, midnight + 24h, 1min));
}

BOOST_AUTO_TEST_CASE(RET_1_a_day_goes_generations_first_and_its_parts_only_after_them) {
  std::vector<day_partition> all{partition("disclosure", first_day), partition("image", first_day),
                                 partition("generation", first_day)};
  BOOST_TEST(operator_says(plan(all, after(first_day)), {{step::detach, "generation_2026-11-01"}}));
  all[2].is = partition_state::detached;
  BOOST_TEST(operator_says(plan(all, after(first_day)), {{step::drop, "generation_2026-11-01"}}));
  all.pop_back();
  BOOST_TEST(operator_says(plan(all, after(first_day)),
                           {{step::detach, "image_2026-11-01"}, {step::detach, "disclosure_2026-11-01"}}));
}

BOOST_AUTO_TEST_CASE(a_pending_detach_is_finished_before_anything_else) {
  const auto later = first_day + std::chrono::days(3);
  const std::vector<day_partition> all{
    partition("access_log", first_day),
    partition("access_log", first_day + std::chrono::days(1), partition_state::detached),
    partition("generation", later, partition_state::pending, true)};
  BOOST_TEST(operator_says(plan(all, after(first_day) + 24h), {{step::finalize, "generation_2026-11-04"},
                                                               {step::drop, "access_log_2026-11-02"},
                                                               {step::detach, "access_log_2026-11-01"}}));
}

BOOST_AUTO_TEST_CASE(RET_1_nothing_is_dropped_that_holds_a_live_row_or_is_still_written_to) {
  const auto now = after(first_day);
  BOOST_TEST(plan({partition("generation", first_day, partition_state::attached, true)}, now).empty());
  BOOST_TEST(plan({partition("generation", first_day, partition_state::detached, true)}, now).empty());
  BOOST_TEST(plan({partition("generation", first_day, partition_state::attached, false, true)}, now).empty());
  BOOST_TEST(plan({partition("generation", day_of(now))}, now).empty());
}

BOOST_AUTO_TEST_CASE(missed_days_are_caught_up_the_oldest_first) {
  std::vector<day_partition> all;
  for (int i = 6; i >= 0; --i)
    all.push_back(partition("access_log", first_day + std::chrono::days(i)));
  const auto steps = plan(all, after(first_day + std::chrono::days(6)));
  BOOST_REQUIRE(steps.size() == 7);
  for (int i = 0; i < 7; ++i)
    BOOST_TEST(steps[static_cast<std::size_t>(i)].name
               == "access_log_" + to_string(day(first_day + std::chrono::days(i))));
}

/// A year of traffic with a reaper that looks every minute, but is stopped for a week in between: leap day and changes
/// of daylight saving included, because days are those of UTC. At each hour nothing is past due for longer than the
/// reaper was away and five minutes, no day is older than its window and an hour, and none that lives was dropped.
BOOST_AUTO_TEST_CASE(RET_1_in_a_year_no_row_is_past_due_and_no_day_outlives_its_window_by_more_than_an_hour) {
  const auto start = std::chrono::sys_days{std::chrono::year{2027} / 9 / 1}; // 2028 has a leap day
  const retention_windows lengths;
  struct row {
    day of;
    instant expires_at;
  };
  std::mt19937 chance(5);
  std::vector<day_partition> days;
  std::vector<row> rows;
  instant reaped_until = start, last_round = start;
  const auto is_stopped = [&](instant t) {
    return t >= start + std::chrono::days(100) && t < start + std::chrono::days(107);
  };
  for (instant now = start; now < start + std::chrono::days(366); now += 1h) {
    const auto today = day_of(now);
    if (std::none_of(days.begin(), days.end(), [&](const auto& d) { return d.of == today; }))
      for (const auto table : daily_tables())
        days.push_back(partition(std::string(table), today));
    const instant made = now + std::chrono::seconds(chance() % 3600);
    rows.push_back({day_of(made), content_expires_at(lengths, made)});
    // the rounds of this hour
    for (instant round = now; round < now + 1h; round += 1min) {
      if (is_stopped(round))
        continue;
      last_round = round;
      if (std::any_of(rows.begin(), rows.end(), [&](const auto& r) { return r.expires_at <= reaped_until; }))
        BOOST_ERROR("a row was left by an earlier round");
      std::erase_if(rows, [&](const auto& r) { return r.expires_at <= round; });
      reaped_until = round;
      if (round != now)
        continue; // days change by the hour at most
      for (auto steps = plan(days, round); !steps.empty(); steps = plan(days, round)) {
        const auto it = std::find_if(days.begin(), days.end(), [&](const auto& d) { return d.name == steps[0].name; });
        for (const auto& r : rows)
          BOOST_REQUIRE((it->table != "generation" || r.of != it->of));
        if (steps[0].what == step::drop)
          days.erase(it);
        else
          it->is = partition_state::detached;
        for (auto& d : days)
          d.has_live_rows = std::any_of(rows.begin(), rows.end(), [&](const auto& r) { return r.of == d.of; });
      }
      for (auto& d : days)
        d.has_live_rows = std::any_of(rows.begin(), rows.end(), [&](const auto& r) { return r.of == d.of; });
    }
    if (is_stopped(now) || is_stopped(now - 1h))
      continue;
    for (const auto& r : rows)
      BOOST_REQUIRE((r.expires_at > now + 1h - 5min));
    for (const auto& d : days)
      BOOST_REQUIRE((d.of + std::chrono::days(31) + 1h >= now));
  }
  BOOST_TEST((days.size() <= 4 * 33));
  BOOST_TEST((last_round > start + std::chrono::days(365)));
}

BOOST_AUTO_TEST_SUITE_END()
