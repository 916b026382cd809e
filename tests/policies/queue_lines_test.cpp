#include "policies/queue_lines.hpp"

#include <boost/test/unit_test.hpp>

namespace queue_lines {

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

account_id number(std::uint8_t last) {
  account_id out;
  out.value.bytes[15] = last;
  return out;
}

struct fixture {
  line_watch watch;
  moment now{1h};

  watched_lines after(duration span, const std::vector<waiting_line>& lines) {
    now += span;
    return watch.look(lines, now);
  }
};

} // namespace

} // namespace queue_lines

BOOST_FIXTURE_TEST_SUITE(queue_lines, fixture)

BOOST_AUTO_TEST_CASE(who_waits_and_for_how_long_is_told_from_look_to_look) {
  after(0s, {{number(1), 5, 0}});
  after(2s, {{number(1), 4, 1}, {number(2), 1, 0}});
  const auto found = after(3s, {{number(1), 4, 1}, {number(2), 1, 0}});
  BOOST_TEST(found.accounts == 2u);
  BOOST_REQUIRE(found.most.size() == 2u);
  BOOST_TEST((found.most[0].of.account == number(1)));
  BOOST_TEST((found.most[0].waits == 5s));
  BOOST_TEST((found.most[0].since_turn == 3s)); // its turn was seen at the look before
  BOOST_TEST((found.most[1].waits == 3s));
  BOOST_TEST((found.most[1].since_turn == 3s));
  BOOST_TEST((found.longest_since_turn == 3s));
}

BOOST_AUTO_TEST_CASE(who_has_left_begins_to_wait_anew) {
  after(0s, {{number(1), 5, 7}, {number(2), 1, 0}});
  after(1s, {{number(1), 5, 0}});
  const auto again = after(1s, {{number(1), 5, 0}, {number(2), 1, 0}});
  BOOST_TEST((again.most[0].waits == 1s)); // fewer turns than before: it came again
  BOOST_TEST((again.most[1].waits == 0s));
  BOOST_TEST(after(1s, {}).most.empty());
}

BOOST_AUTO_TEST_CASE(those_with_the_most_are_told_and_all_are_counted) {
  std::vector<waiting_line> lines;
  for (std::uint8_t i = 1; i <= 30; ++i)
    lines.push_back({number(i), i, 0});
  after(0s, lines);
  for (std::size_t i = 1; i < lines.size(); ++i)
    lines[i].turns = 1;
  const auto found = after(4s, lines);
  BOOST_TEST(found.accounts == 30u);
  BOOST_REQUIRE(found.most.size() == lines_told);
  BOOST_TEST(found.most.front().of.images == 30u);
  BOOST_TEST(found.most.back().of.images == 21u);
  BOOST_TEST((found.longest_since_turn == 4s)); // of one that is not among them
}

BOOST_AUTO_TEST_SUITE_END()
