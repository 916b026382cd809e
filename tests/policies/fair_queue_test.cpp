#include "policies/fair_queue.hpp"

#include "tests/policies/seeds.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(fair_queues)

using namespace easel::policies;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

using queue = fair_queue<int, int>;

std::vector<int> drained(queue& waiting) {
  std::vector<int> order;
  while (const auto item = waiting.pop())
    order.push_back(*item);
  return order;
}

} // namespace

BOOST_AUTO_TEST_CASE(five_hundred_of_one_account_delay_another_by_one_turn_at_most) {
  for (const int popped_before : {0, 1, 2, 250, 499}) {
    queue waiting;
    for (int item = 0; item < 500; ++item)
      waiting.push(1, item);
    for (int i = 0; i < popped_before; ++i)
      waiting.pop();
    waiting.push(2, 9000);
    BOOST_TEST(waiting.position(2, 9000).value() <= 1);
    const auto first = waiting.pop();
    BOOST_TEST((first == 9000 || waiting.pop() == 9000));
  }
}

BOOST_AUTO_TEST_CASE(a_newcomer_waits_one_turn_of_each_account_however_much_they_brought) {
  queue waiting;
  for (int account = 1; account <= 10; ++account)
    for (int item = 0; item < 500; ++item)
      waiting.push(account, account * 1000 + item);
  waiting.push(11, 1);
  BOOST_TEST(waiting.position(11, 1).value() == 10);
}

BOOST_AUTO_TEST_CASE(inside_an_account_who_came_first_leaves_first) {
  queue waiting;
  for (const int item : {5, 3, 9, 1})
    waiting.push(1, item);
  BOOST_TEST(drained(waiting) == (std::vector{5, 3, 9, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(accounts_take_turns) {
  queue waiting;
  for (const int item : {10, 11, 12})
    waiting.push(1, item);
  for (const int item : {20, 21})
    waiting.push(2, item);
  waiting.push(3, 30);
  BOOST_TEST(drained(waiting) == (std::vector{10, 20, 30, 11, 21, 12}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(erasing_keeps_the_turn_of_the_account_and_ends_it_with_the_last_item) {
  queue waiting;
  for (const int item : {10, 11})
    waiting.push(1, item);
  waiting.push(2, 20);
  BOOST_TEST(waiting.erase(1, 10));
  BOOST_TEST(!waiting.erase(1, 10));
  BOOST_TEST(!waiting.erase(2, 11));
  BOOST_TEST(!waiting.erase(3, 11));
  BOOST_TEST(waiting.position(1, 11).value() == 0);
  BOOST_TEST(waiting.erase(1, 11));
  BOOST_TEST(waiting.size(1) == 0);
  BOOST_TEST(drained(waiting) == (std::vector{20}), boost::test_tools::per_element());
  BOOST_TEST(waiting.empty());
}

BOOST_AUTO_TEST_CASE(each_line_tells_what_waits_in_it_and_how_many_turns_it_had) {
  queue waiting;
  for (const int item : {10, 11, 12})
    waiting.push(1, item);
  for (const int item : {20, 21})
    waiting.push(2, item);
  for (int i = 0; i < 3; ++i)
    (void)waiting.pop();
  std::vector<int> told;
  const auto tell = [&](int account, std::size_t items, std::uint64_t turns) {
    for (const auto figure : {account, static_cast<int>(items), static_cast<int>(turns)})
      told.push_back(figure);
  };
  waiting.for_each_line(tell);
  BOOST_TEST(told == (std::vector{2, 1, 1, 1, 1, 2}), boost::test_tools::per_element());
  (void)waiting.pop();
  waiting.push(2, 22); // it had left
  told.clear();
  waiting.for_each_line(tell);
  BOOST_TEST(told == (std::vector{1, 1, 2, 2, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_wait_has_no_position) {
  queue waiting;
  BOOST_TEST(!waiting.position(1, 1));
  BOOST_TEST(!waiting.pop());
  waiting.push(1, 1);
  BOOST_TEST(!waiting.position(1, 2));
  BOOST_TEST(!waiting.position(2, 1));
}

BOOST_AUTO_TEST_CASE(a_moved_queue_goes_on_and_the_old_one_starts_anew) {
  fair_queue<std::string, int> first;
  first.push("a", 1);
  first.push("a", 2);
  first.push("b", 3);
  auto second = std::move(first);
  first.push("c", 4);
  BOOST_TEST(second.pop().value() == 1);
  BOOST_TEST(second.pop().value() == 3);
  BOOST_TEST(first.pop().value() == 4);
  first = std::move(second);
  BOOST_TEST(first.pop().value() == 2);
  BOOST_TEST(first.empty());
}

BOOST_AUTO_TEST_CASE(positions_sizes_and_order_agree_under_random_operations) {
  for_seeds(60, [](seeded& random) {
    queue waiting;
    std::map<int, int> owner; // of every item that waits
    int next_item = 0;
    int wrong = 0;
    for (int step = 0; step < 120; ++step) {
      const int account = random.between(1, 6);
      if (random.one_in(4) && !owner.empty()) {
        const auto victim = std::next(owner.begin(), random.between<std::ptrdiff_t>(0, std::ssize(owner) - 1));
        wrong += !waiting.erase(victim->second, victim->first);
        owner.erase(victim);
      } else if (random.one_in(3)) {
        const auto item = waiting.pop();
        wrong += item.has_value() == owner.empty();
        if (item)
          wrong += owner.erase(*item) != 1;
      } else {
        owner.emplace(next_item, account);
        waiting.push(account, next_item++);
      }
      wrong += waiting.size() != owner.size();
    }
    std::map<std::size_t, int> promised;
    for (const auto& [item, account] : owner)
      promised[waiting.position(account, item).value()] = item;
    BOOST_TEST(promised.size() == owner.size());
    for (const auto& [position, item] : promised)
      wrong += waiting.pop() != item;
    BOOST_TEST(wrong == 0);
    BOOST_TEST(waiting.empty());
  });
}

BOOST_AUTO_TEST_CASE(no_account_is_served_twice_before_another_that_waits_all_along) {
  for_seeds(30, [](seeded& random) {
    queue waiting;
    constexpr int accounts = 5;
    for (int account = 0; account < accounts; ++account)
      for (int i = random.between(60, 90); i > 0; --i)
        waiting.push(account, account);
    for (int round = 0; round < 50; ++round) {
      std::set<int> served;
      for (int i = 0; i < accounts; ++i)
        served.insert(waiting.pop().value());
      BOOST_TEST(served.size() == accounts);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
