#include "policies/pool.hpp"
#include "policies/strikes.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace easel::policies;

namespace {

using members = std::vector<pool_member>;

std::optional<std::size_t> chosen(const members& pool) { return choose_member(pool); }

} // namespace

BOOST_AUTO_TEST_SUITE(pools)

BOOST_AUTO_TEST_CASE(a_connection_hands_out_what_is_neither_used_nor_handed_out_already) {
  BOOST_TEST(more_starts(8, false, 0, 0) == 8);
  BOOST_TEST(more_starts(8, false, 3, 2) == 3);
  BOOST_TEST(more_starts(8, false, 8, 0) == 0);
}

BOOST_AUTO_TEST_CASE(tasks_that_came_back_beyond_the_concurrency_leave_nothing_to_hand_out) {
  BOOST_TEST(more_starts(8, false, 12, 1) == 0);
}

BOOST_AUTO_TEST_CASE(a_probe_is_handed_out_alone) {
  BOOST_TEST(more_starts(8, true, 0, 0) == 1);
  BOOST_TEST(more_starts(8, true, 1, 0) == 0);
  BOOST_TEST(more_starts(8, true, 0, 1) == 0);
  BOOST_TEST(more_starts(8, true, 5, 0) == 0);
}

BOOST_AUTO_TEST_CASE(the_smallest_share_of_its_weight_wins_and_ties_go_to_the_first) {
  BOOST_TEST(chosen({{1, 1, 10}, {1, 0, 10}}).value() == 1);
  BOOST_TEST(chosen({{1, 2, 10}, {1, 2, 10}}).value() == 0);
  BOOST_TEST(chosen({{1, 1, 10}, {3, 2, 10}}).value() == 1);
  BOOST_TEST(chosen({{1, 1, 10}, {3, 3, 10}}).value() == 0);
  BOOST_TEST(chosen({{1, 1, 10}, {3, 4, 10}}).value() == 0);
}

BOOST_AUTO_TEST_CASE(who_is_full_shut_or_without_weight_is_passed_over) {
  BOOST_TEST(chosen({{1, 0, 1, false}, {1, 5, 9}}).value() == 1);
  BOOST_TEST(chosen({{9, 1, 1}, {1, 5, 9}}).value() == 1);
  BOOST_TEST(chosen({{0, 0, 9}, {1, 5, 9}}).value() == 1);
  BOOST_TEST(chosen({{-1, 0, 9}, {1, 5, 9}}).value() == 1);
  BOOST_TEST(!chosen({{1, 1, 1}, {1, 0, 1, false}, {0, 0, 1}}));
  BOOST_TEST(!chosen({}));
}

BOOST_AUTO_TEST_CASE(shares_are_parts_of_all_weights_and_none_without_any) {
  using all = std::vector<int>;
  BOOST_TEST(shares_of(all{1, 3}) == (all{25, 75}), boost::test_tools::per_element());
  BOOST_TEST(shares_of(all{0, 2, 1}) == (all{0, 66, 33}), boost::test_tools::per_element());
  BOOST_TEST(shares_of(all{1000, 1000, 1000, 1000}) == (all{25, 25, 25, 25}), boost::test_tools::per_element());
  BOOST_TEST(shares_of(all{0, 0}) == (all{0, 0}), boost::test_tools::per_element());
  BOOST_TEST(shares_of(all{}).empty());
}

BOOST_AUTO_TEST_CASE(filling_a_pool_follows_the_weights) {
  members pool{{1, 0, 1000}, {3, 0, 1000}};
  for (int i = 0; i < 400; ++i)
    ++pool[chosen(pool).value()].in_flight;
  BOOST_TEST(pool[0].in_flight == 100);
  BOOST_TEST(pool[1].in_flight == 300);
}

BOOST_AUTO_TEST_CASE(large_numbers_do_not_overflow) {
  const int large = 2'000'000'000;
  BOOST_TEST(chosen({{large, large - 1, large}, {large, large - 2, large}}).value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(strikes)

BOOST_AUTO_TEST_CASE(every_count_has_the_effect_of_the_highest_limit_it_reached) {
  const strike_policy policy{5, {}, {}, 20, {}};
  for (int recent = 1; recent <= 30; ++recent) {
    for (int all = recent; all <= 30; ++all) {
      const auto wanted = all >= 20     ? strike_effect::suspend
                          : recent >= 5 ? strike_effect::cool_down
                                        : strike_effect::none;
      BOOST_TEST((after_strike(policy, recent, all) == wanted));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
