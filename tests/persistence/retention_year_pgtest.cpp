#include "persistence/postgres_retention.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

/// A year of days on a real database, leap day and changes of daylight saving included.
namespace easel::persistence {

namespace a_year {

using namespace std::chrono_literals;

namespace {

/// A window of three days instead of thirty: the same code, and a tenth of the days to look through each time.
struct fixture {
  std::shared_ptr<tests::fresh_database> database = std::make_shared<tests::fresh_database>();
  postgres_fixture pg{database};
  policies::retention_windows windows = short_windows();
  contract::world w{with_windows()};
  std::unique_ptr<retention> reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);

  static policies::retention_windows short_windows() {
    policies::retention_windows out;
    out.content = out.access_log = 3 * 24h;
    return out;
  }
  contract::store_under_test with_windows() {
    auto under = pg.under_test();
    under.settings.retention = windows;
    under.open = [s = under.settings, c = pg.commons] { return make_postgres_store(s, contract::test_keys(), c); };
    return under;
  }

  [[nodiscard]] std::int64_t count(const std::string& sql) const { return std::stoll(database->value(sql)); }

  /// By the clock of this year.
  [[nodiscard]] std::int64_t past_due() {
    return count("set easel.clock_shift = '" + std::to_string(pg.commons->clock_shift()->load())
                 + " microseconds'; select coalesce(sum(past_due), 0) from easel.audit_due");
  }

  void round() {
    const auto cut = contract::must(reaper->now());
    for (const auto& rule : policies::reaping_rules(windows))
      while (contract::must(reaper->reap(rule, cut, 1000)) == 1000)
        continue;
    for (;;) {
      const auto steps = policies::plan_partitions(contract::must(reaper->partitions()), cut, windows);
      if (steps.empty())
        return;
      BOOST_REQUIRE(contract::must(reaper->take(steps.front())));
    }
  }
};

} // namespace

} // namespace a_year

BOOST_FIXTURE_TEST_SUITE(a_year, fixture)

BOOST_AUTO_TEST_CASE(RET_1_in_a_year_of_days_nothing_is_past_due_after_a_round_and_no_day_outlives_its_window) {
  const auto person = w.newcomer(tier::free, 1'000'000);
  const auto start =
    instant(std::chrono::sys_days{std::chrono::year{2027} / 9 / 1}) + 23h + 30min; // 2028 has a leap day
  w.advance(start - w.now());
  std::int64_t longest = 0;
  for (int day = 0; day < 366; ++day) {
    const bool stands_still = day >= 100 && day < 107;
    if (!stands_still) {
      contract::must(w.db->ensure_partitions(2));
      w.completed(person);
    }
    w.advance(24h);
    if (stands_still)
      continue;
    round();
    BOOST_REQUIRE(past_due() == 0);
    longest = std::max(longest, count("select count(*) from easel.day_relation"));
    BOOST_REQUIRE(count("select count(*) from easel.generation") == count("select count(*) from easel.image"));
  }
  BOOST_TEST(longest
             <= 4 * (3 + 2 + 2 + 1)); // the window, what is ahead, yesterday and today, and the one on its way out
  BOOST_TEST(count("select count(*) from easel.generation") == 2);
  w.check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
