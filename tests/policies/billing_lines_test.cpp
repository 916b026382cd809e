#include "policies/billing_lines.hpp"
#include "tests/policies/seeds.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

BOOST_AUTO_TEST_SUITE(lines_of_billing)

using namespace easel;
using namespace easel::policies;

namespace {

billing_id owner(std::uint8_t number) {
  billing_id id;
  id.value.bytes[15] = number;
  return id;
}

waiting_event event(std::string id, std::string object, std::string customer = {},
                    std::optional<billing_id> of = std::nullopt) {
  return {std::move(id), {stripe_kind::invoice, std::move(object)}, std::move(customer), of, 0};
}

std::vector<std::string> ids(const std::vector<line_look>& looks) {
  std::vector<std::string> all;
  for (const auto& look : looks)
    all.insert(all.end(), look.events.begin(), look.events.end());
  return all;
}

/// Ends looks until nothing is left, in the order that `pick` says among those under way; at most `most` at a time.
/// Checks at each step that no two are in one line, and returns the events in the order in which they were over.
template <class Pick>
std::vector<std::string> drain(billing_lines& lines, std::size_t most, Pick pick) {
  std::vector<std::string> over;
  std::vector<line_look> open;
  for (;;) {
    while (open.size() < most) {
      auto look = lines.next();
      if (!look)
        break;
      for (const auto& other : open)
        BOOST_TEST((!look->owner || other.owner != look->owner));
      open.push_back(*std::move(look));
    }
    if (open.empty())
      return over;
    const auto at = open.begin() + static_cast<std::ptrdiff_t>(pick(open.size()));
    over.insert(over.end(), at->events.begin(), at->events.end());
    lines.over(*at);
    open.erase(at);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_line_is_the_accounts_else_the_customers_else_the_objects) {
  BOOST_TEST((line_of(event("e", "in_1", "cus_1", owner(1))).of == billing_line::kind::account));
  BOOST_TEST((line_of(event("e", "in_1", "cus_1", owner(1))) == line_of(event("f", "in_2", {}, owner(1)))));
  BOOST_TEST((line_of(event("e", "in_1", "cus_1")) == line_of(event("f", "in_2", "cus_1"))));
  BOOST_TEST((line_of(event("e", "in_1", "cus_1")) != line_of(event("f", "in_1", "cus_2"))));
  BOOST_TEST((line_of(event("e", "in_1")) == line_of(event("f", "in_1"))));
  BOOST_TEST((line_of(event("e", "in_1")) != line_of(event("f", "in_2"))));
}

BOOST_AUTO_TEST_CASE(several_customers_at_once_and_each_one_after_the_other) {
  billing_lines lines;
  lines.take_in({event("a1", "in_1", "a", owner(1)), event("a2", "in_2", "a", owner(1)),
                 event("b1", "in_3", "b", owner(2)), event("c1", "in_4", "c")});
  const auto a1 = lines.next(), b1 = lines.next(), c1 = lines.next();
  BOOST_REQUIRE((a1 && b1 && c1));
  BOOST_TEST((ids({*a1, *b1, *c1}) == std::vector<std::string>{"a1", "b1", "c1"}));
  BOOST_TEST(!lines.next());
  lines.over(*b1);
  BOOST_TEST(!lines.next());
  lines.over(*a1);
  const auto a2 = lines.next();
  BOOST_REQUIRE(a2.has_value());
  BOOST_TEST((a2->events == std::vector<std::string>{"a2"}));
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_CASE(events_of_one_object_that_follow_each_other_are_one_look_and_no_others) {
  billing_lines lines;
  auto tried = event("3", "in_1", "a", owner(1));
  tried.attempts = 5;
  lines.take_in({event("1", "in_1", "a", owner(1)), event("2", "in_9", "b", owner(2)), tried,
                 event("4", "in_2", "a", owner(1)), event("5", "in_1", "a", owner(1))});
  const auto first = lines.next();
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->events == std::vector<std::string>{"1", "3"}));
  BOOST_TEST(first->attempts == 5);
  BOOST_TEST((lines.next()->events == std::vector<std::string>{"2"}));
  lines.over(*first);
  const auto second = lines.next();
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST((second->events == std::vector<std::string>{"4"}));
  lines.over(*second);
  BOOST_TEST((lines.next()->events == std::vector<std::string>{"5"}));
}

BOOST_AUTO_TEST_CASE(what_one_event_says_of_an_object_or_a_customer_holds_for_the_others) {
  billing_lines lines;
  lines.take_in({event("1", "in_1"), event("2", "in_1", "a"), event("3", "in_2", "a", owner(1)), event("4", "in_3")});
  const auto first = lines.next();
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->owner == owner(1)));
  BOOST_TEST(first->customer == "a");
  BOOST_TEST((first->events == std::vector<std::string>{"1", "2"}));
  BOOST_TEST((lines.next()->events == std::vector<std::string>{"4"})); // nothing is known of it
  BOOST_TEST(!lines.next());
}

BOOST_AUTO_TEST_CASE(what_turns_out_to_be_somebodys_waits_in_their_line_at_its_place) {
  billing_lines lines;
  lines.take_in({event("a1", "in_1", "a", owner(1)), event("x", "in_2"), event("a2", "in_3", "a", owner(1))});
  const auto a1 = lines.next(), x = lines.next();
  BOOST_REQUIRE((a1 && x));
  BOOST_TEST(!x->owner);
  lines.hand_over(*x, owner(1));
  BOOST_TEST(!lines.next());
  lines.over(*a1);
  const auto again = lines.next();
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((again->events == std::vector<std::string>{"x"}));
  BOOST_TEST((again->owner == owner(1)));
  BOOST_TEST(again->number != x->number);
  lines.over(*x); // an old look says nothing about the new one
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_here_is_taken_in_once_and_one_that_is_tried_again_keeps_its_place) {
  billing_lines lines;
  const std::vector both{event("1", "in_1", "a", owner(1)), event("2", "in_2", "a", owner(1))};
  lines.take_in(both);
  const auto look = lines.next();
  BOOST_REQUIRE(look.has_value());
  lines.take_in(both);
  BOOST_TEST(lines.size() == 2U);
  lines.again(*look);
  BOOST_TEST((lines.next()->events == look->events));
  lines.clear();
  BOOST_TEST(lines.size() == 1U); // under way
  lines.take_in(both);
  BOOST_TEST(!lines.next()); // and its line is busy still
}

BOOST_AUTO_TEST_CASE(customers_of_whom_enough_are_here_are_told) {
  billing_lines lines;
  lines.take_in({event("1", "in_1", "a"), event("2", "in_2", "a"), event("3", "in_3", "b"), event("4", "in_4")});
  BOOST_TEST((lines.crowded(2) == std::vector<std::string>{"a"}));
  BOOST_TEST(lines.crowded(3).empty());
}

/// All inboxes of five events of two customers with two objects each, and all orders in which looks can end.
BOOST_AUTO_TEST_CASE(in_each_small_inbox_and_however_looks_end_customers_are_served_in_order) {
  constexpr int events = 5;
  constexpr int inboxes = 1 << (2 * events);
  for (int inbox = 0; inbox < inboxes; ++inbox) {
    std::vector<waiting_event> all;
    std::map<std::string, std::vector<std::string>> wanted;
    std::map<std::string, std::string> customer_of;
    for (int i = 0; i < events; ++i) {
      const int which = (inbox >> (2 * i)) & 3;
      const std::string customer = which < 2 ? "a" : "b";
      const auto id = std::to_string(i);
      all.push_back(event(id, "in_" + std::to_string(which), customer, owner(which < 2 ? 1 : 2)));
      wanted[customer].push_back(id);
      customer_of[id] = customer;
    }
    for (unsigned order = 0; order < (1U << events); ++order) { // at each step the older look, or the younger one
      billing_lines lines;
      lines.take_in(all);
      unsigned choices = order;
      const auto over = drain(lines, 2, [&](std::size_t open) {
        const auto picked = open == 2 ? choices & 1U : 0U;
        choices >>= open == 2 ? 1 : 0;
        return picked;
      });
      std::map<std::string, std::vector<std::string>> seen;
      for (const auto& id : over)
        seen[customer_of[id]].push_back(id);
      if (seen != wanted)
        BOOST_FAIL("inbox " << inbox << ", order " << order);
    }
  }
}

/// Events come while looks are under way, fail, turn out to be somebody's, and are forgotten and read again.
BOOST_AUTO_TEST_CASE(whatever_happens_nobody_is_looked_at_twice_at_once_and_no_event_is_lost) {
  test::for_seeds(300, [](test::seeded& random) {
    const int customers = random.between(1, 6);
    std::vector<waiting_event> inbox; // what the database says is due
    std::vector<line_look> open;
    billing_lines lines;
    int made = 0;
    const auto read = [&] { lines.take_in(inbox); };
    const auto forget_row = [&](const line_look& look) {
      std::erase_if(inbox, [&](const waiting_event& one) {
        return std::find(look.events.begin(), look.events.end(), one.id) != look.events.end();
      });
    };
    for (int step = 0; step < 200; ++step) {
      switch (random.between(0, 6)) {
      case 0:
      case 1:
        for (int i = random.between(1, 6); i > 0; --i) {
          const auto number = random.between(1, customers);
          const auto object = "in_" + std::to_string(number) + "_" + std::to_string(random.between(1, 2));
          const bool is_known = random.one_in(2);
          inbox.push_back(event(std::to_string(++made), object,
                                random.one_in(3) ? std::string() : "cus_" + std::to_string(number),
                                is_known ? std::optional(owner(static_cast<std::uint8_t>(number))) : std::nullopt));
        }
        read();
        break;
      case 2:
        if (random.one_in(5)) {
          lines.clear();
          read();
        }
        break;
      default:
        if (auto look = lines.next()) {
          for (const auto& other : open)
            BOOST_TEST((!look->owner || other.owner != look->owner));
          open.push_back(*std::move(look));
        }
        break;
      }
      if (open.empty() || random.one_in(2))
        continue;
      const auto at = open.begin() + random.between<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(open.size()) - 1);
      if (!at->owner) // the number in an object's id is whose it is
        lines.hand_over(*at, owner(static_cast<std::uint8_t>(at->what.id[3] - '0')));
      else if (random.one_in(4))
        lines.again(*at);
      else {
        forget_row(*at);
        lines.over(*at);
      }
      open.erase(at);
    }
    for (const auto& look : open)
      lines.again(look);
    read();
    for (int guard = 0; guard < 10'000; ++guard) {
      const auto look = lines.next();
      if (!look)
        break;
      if (!look->owner) {
        lines.hand_over(*look, owner(static_cast<std::uint8_t>(look->what.id[3] - '0')));
        continue;
      }
      forget_row(*look);
      lines.over(*look);
    }
    BOOST_TEST(inbox.empty());
    BOOST_TEST(lines.size() == 0U);
  });
}

BOOST_AUTO_TEST_SUITE_END()
