#include "tests/persistence/contract/world.hpp"

#include <algorithm>
#include <map>

namespace easel::persistence::contract {

namespace {

std::map<book, std::int64_t> books_of(world& w, const person& p) {
  std::map<book, std::int64_t> sums;
  for (const auto& entry : w.entries_of(p)) {
    BOOST_TEST(entry.amount.value() > 0);
    sums[entry.from] -= entry.amount.value();
    sums[entry.to] += entry.amount.value();
  }
  return sums;
}

std::vector<std::int64_t> remaining(world& w, const person& p) {
  std::vector<std::int64_t> found;
  for (const auto& grant : w.balance_of(p).grants)
    found.push_back(grant.remaining.value());
  return found;
}

using amounts = std::vector<std::int64_t>;

void soonest_first(world& w) {
  const auto p = w.newcomer(tier::free);
  w.give(p, 10);
  w.give(p, 20, w.now() + std::chrono::hours(48));
  w.give(p, 30, w.now() + std::chrono::hours(2));
  BOOST_TEST(remaining(w, p) == (amounts{30, 20, 10}), boost::test_tools::per_element());
  const auto g = w.accepted(p, 35);
  BOOST_TEST(remaining(w, p) == (amounts{15, 10}), boost::test_tools::per_element());
  BOOST_REQUIRE(w.try_end(finish{g.id, g.owner}).result == fenced::done);
  BOOST_TEST(remaining(w, p) == (amounts{30, 20, 10}), boost::test_tools::per_element());
}

void shares_over_two_grants(world& w) {
  const auto p = w.newcomer(tier::free);
  w.give(p, 10, w.now() + std::chrono::hours(2));
  w.give(p, 100);
  const auto g = w.dispatched(p, 7, 3); // 10 + 11
  BOOST_REQUIRE(w.try_end(w.picture(g, 0)).charged.value() == 7);
  BOOST_REQUIRE(w.try_end(w.picture(g, 2)).charged.value() == 14);
  const auto outcome = w.try_end(finish{g.id, g.owner});
  BOOST_TEST(outcome.charged.value() == 14);
  BOOST_TEST(outcome.balance.value() == 96);
  BOOST_TEST(remaining(w, p) == (amounts{96}), boost::test_tools::per_element());
}

void expired_grants_are_gone(world& w) {
  const auto p = w.newcomer(tier::paid);
  w.give(p, 10, w.now() + std::chrono::hours(1));
  w.give(p, 3);
  w.advance(std::chrono::hours(1) + std::chrono::seconds(1));
  BOOST_TEST(w.balance_of(p).available.value() == 3);
  BOOST_TEST(w.balance_of(p).grants.size() == 1u);
  BOOST_TEST(w.try_admit(w.order(p, 4)).result == admission::insufficient_credits);
  BOOST_TEST(w.try_admit(w.order(p, 3)).result == admission::admitted);
}

void release_to_an_expired_grant(world& w) {
  const auto p = w.newcomer(tier::paid);
  w.give(p, 10, w.now() + std::chrono::hours(1));
  const auto g = w.accepted(p, 6);
  w.advance(std::chrono::hours(1) + std::chrono::seconds(1));
  BOOST_TEST(w.balance_of(p).held.value() == 6);
  const auto outcome = w.try_end(finish{g.id, g.owner});
  BOOST_TEST(outcome.balance.value() == 0);
  BOOST_TEST(w.balance_of(p).available.value() == 0);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
  w.check_invariants();
  BOOST_TEST(w.try_admit(w.order(p, 1)).result == admission::insufficient_credits);
}

void hold_outlives_its_grant(world& w) {
  const auto p = w.newcomer(tier::paid);
  w.give(p, 10, w.now() + std::chrono::hours(1));
  const auto g = w.dispatched(p, 6);
  w.advance(std::chrono::hours(1) + std::chrono::seconds(1));
  BOOST_TEST(w.try_end(w.picture(g, 0, true)).charged.value() == 6); // the price was frozen in time
}

void books_add_up(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  (void)w.completed(p, 7, 2);
  const auto failed = w.dispatched(p, 5);
  BOOST_REQUIRE(w.try_end(finish{failed.id, failed.owner}).result == fenced::done);
  (void)w.accepted(p, 11);
  auto sums = books_of(w, p);
  BOOST_TEST(sums[book::issued] == -100);
  BOOST_TEST(sums[book::spent] == 14);
  BOOST_TEST(sums[book::held] == 11);
  BOOST_TEST(sums[book::available] == 75);
  BOOST_TEST(sums[book::expired] == 0);
  BOOST_TEST(w.balance_of(p).available.value() == 75);
  BOOST_TEST(w.balance_of(p).held.value() == 11);
}

void entries_name_their_image(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p, 7, 2);
  std::vector<std::int16_t> settled;
  for (const auto& entry : w.entries_of(p)) {
    if (entry.to != book::spent)
      continue;
    BOOST_TEST((entry.generation == id));
    BOOST_REQUIRE(entry.image.has_value());
    settled.push_back(*entry.image);
  }
  std::sort(settled.begin(), settled.end());
  BOOST_TEST(settled == (std::vector<std::int16_t>{0, 1}), boost::test_tools::per_element());
}

void entries_by_pages(world& w) {
  const auto p = w.newcomer(tier::free);
  for (int i = 1; i <= 7; ++i)
    w.give(p, i);
  const auto first = w.db->list_entries(p.account, std::nullopt, 3).value();
  BOOST_TEST(first.rows.size() == 3u);
  BOOST_TEST(first.more);
  BOOST_TEST(first.rows[0].amount.value() == 7); // newest first
  std::int64_t sum = 0;
  std::size_t seen = 0;
  std::optional<transfer_id> before;
  for (bool more = true; more; ++seen) {
    const auto one = w.db->list_entries(p.account, before, 1).value();
    BOOST_REQUIRE(one.rows.size() == 1u);
    BOOST_TEST((!before || one.rows[0].id < *before));
    sum += one.rows[0].amount.value();
    before = one.rows[0].id;
    more = one.more;
  }
  BOOST_TEST(seen == 7u);
  BOOST_TEST(sum == 28);
}

void entries_are_private(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto q = w.newcomer();
  (void)w.accepted(p);
  BOOST_TEST(w.entries_of(q).empty());
  BOOST_TEST(w.balance_of(q).available.value() == 0);
}

void free_of_charge(world& w) {
  const auto p = w.newcomer(tier::free);
  const auto id = w.completed(p, 0, 2);
  BOOST_TEST(w.row_of(p, id).charged.value() == 0);
  BOOST_TEST(w.row_of(p, id).images.size() == 2u);
  BOOST_TEST(w.entries_of(p).empty());
}

void gifts_are_positive(world& w) {
  const auto p = w.newcomer(tier::free, 5);
  for (const std::int64_t sum : {0, -1, -100}) {
    const auto outcome = w.db->gift(p.account, amount(sum), std::nullopt, "contract", "a slip");
    BOOST_TEST((!outcome.has_value() || !*outcome));
  }
  BOOST_TEST(w.balance_of(p).available.value() == 5);
}

} // namespace

std::vector<contract_case> ledger_cases() {
  return {
    {"credits_that_expire_soonest_are_spent_first_and_return_to_their_grants", soonest_first},
    {"shares_may_come_from_two_grants", shares_over_two_grants},
    {"an_expired_grant_buys_nothing", expired_grants_are_gone},
    {"a_release_to_an_expired_grant_buys_nothing", release_to_an_expired_grant},
    {"a_hold_outlives_the_grant_it_came_from", hold_outlives_its_grant},
    {"balances_are_the_sums_of_their_entries", books_add_up},
    {"a_spent_entry_names_its_generation_and_image", entries_name_their_image},
    {"entries_come_newest_first_in_pages", entries_by_pages},
    {"entries_are_their_owners_only", entries_are_private},
    {"what_costs_nothing_needs_no_credits_and_leaves_no_entries", free_of_charge},
    {"a_gift_is_positive", gifts_are_positive},
  };
}

} // namespace easel::persistence::contract
