#include "policies/retention_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(retention_rules)

using namespace easel;
using namespace easel::policies;

namespace {

int place_of(const std::vector<reaping_rule>& rules, std::string_view table) {
  const auto at = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.table == table; });
  BOOST_REQUIRE(at != rules.end());
  return static_cast<int>(at - rules.begin());
}

} // namespace

BOOST_AUTO_TEST_CASE(RET_1_every_table_with_a_timed_window_has_a_rule_that_ends_it) {
  const retention_windows lengths;
  for (const auto& each : check_reaping_rules(data_inventory(), reaping_rules(lengths), lengths))
    BOOST_ERROR(each);
}

BOOST_AUTO_TEST_CASE(RET_1_a_table_whose_rule_is_taken_away_is_named) {
  const retention_windows lengths;
  const auto all = reaping_rules(lengths);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].clause.empty())
      continue; // of our own upkeep: nobody's data
    auto fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    const auto found = check_reaping_rules(data_inventory(), fewer, lengths);
    BOOST_REQUIRE(found.size() == 1);
    BOOST_TEST(found[0] == std::string(all[i].table) + " has a window and no rule that ends it.");
  }
}

BOOST_AUTO_TEST_CASE(RET_1_a_new_table_with_a_timed_window_needs_a_rule) {
  const retention_windows lengths;
  std::vector<personal_field> more(data_inventory().begin(), data_inventory().end());
  more.push_back({"letter", "text", data_class::content, "To be read.", "RET-1", retention_window::content, "letters",
                  "", erasure_way::deleted});
  const auto found = check_reaping_rules(more, reaping_rules(lengths), lengths);
  BOOST_REQUIRE(found.size() == 1);
  BOOST_TEST(found[0].starts_with("letter "));
}

BOOST_AUTO_TEST_CASE(a_rule_of_no_table_or_without_a_window_is_named) {
  const retention_windows lengths;
  auto rules = reaping_rules(lengths);
  rules.push_back({"letter", reaping_way::by_row, reaping_mark::age, "RET-1"});
  BOOST_TEST(check_reaping_rules(data_inventory(), rules, lengths).size() == 2);
}

BOOST_AUTO_TEST_CASE(calls_go_before_generations_and_these_before_their_parts) {
  const auto rules = reaping_rules({});
  BOOST_TEST(place_of(rules, "provider_call") < place_of(rules, "generation"));
  BOOST_TEST(place_of(rules, "generation") < place_of(rules, "image"));
  BOOST_TEST(place_of(rules, "generation") < place_of(rules, "disclosure"));
  for (const auto& rule : rules) {
    const auto daily = daily_tables();
    const bool is_daily = std::find(daily.begin(), daily.end(), rule.table) != daily.end();
    BOOST_TEST_INFO(rule.table);
    BOOST_TEST(is_daily == (rule.way == reaping_way::by_day));
  }
}

BOOST_AUTO_TEST_CASE(TECH_1_the_access_log_has_a_window_of_its_own) {
  retention_windows lengths;
  lengths.access_log = std::chrono::hours(24 * 7);
  BOOST_TEST((daily_window("access_log", lengths) == std::chrono::hours(24 * 7)));
  for (const auto* table : {"generation", "image", "disclosure"})
    BOOST_TEST((daily_window(table, lengths) == std::chrono::hours(24 * 30)));
}

BOOST_AUTO_TEST_SUITE_END()
