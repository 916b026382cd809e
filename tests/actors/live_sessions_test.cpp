#include "actors/live_sessions.hpp"

#include <boost/test/unit_test.hpp>

namespace sessions_that_are_live {

using namespace easel;
using namespace std::chrono_literals;
using actors::live_sessions;

namespace {

constexpr moment start{std::chrono::hours(1)};

account_id account(std::uint8_t n) {
  account_id id;
  id.value.bytes[15] = n;
  return id;
}

/// Their actors are null: whose turn it is shows in the number of calls.
struct some_sessions {
  live_sessions all;
  live_sessions::session& come(std::uint8_t n, moment at) {
    auto& one = all.add(account(n), nullptr, at);
    for (int i = 0; i < n; ++i)
      all.use(one, at);
    return one;
  }
  std::vector<std::uint64_t> idle(moment before, std::size_t most, moment now) {
    std::vector<std::uint64_t> out;
    for (const auto& one : all.take_idle(before, most, now))
      out.push_back(one.entered);
    return out;
  }
};
using numbers = std::vector<std::uint64_t>;

} // namespace

} // namespace sessions_that_are_live

BOOST_FIXTURE_TEST_SUITE(sessions_that_are_live, some_sessions)

BOOST_AUTO_TEST_CASE(those_without_a_call_for_long_come_first_and_no_others) {
  come(1, start);
  come(2, start + 1s);
  come(3, start + 2s);
  BOOST_TEST(idle(start, 10, start + 3s) == numbers());
  BOOST_TEST(idle(start + 2s, 10, start + 3s) == (numbers{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_call_takes_its_session_to_the_end) {
  auto& first = come(1, start);
  come(2, start + 1s);
  all.use(first, start + 2s);
  BOOST_TEST(idle(start + 2s, 10, start + 3s) == numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_was_found_is_not_found_again_at_once) {
  come(1, start);
  BOOST_TEST(idle(start + 1s, 10, start + 5s).size() == 1u);
  BOOST_TEST(idle(start + 5s, 10, start + 6s).empty());
  BOOST_TEST(idle(start + 6s, 10, start + 9s).size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_are_found_at_once_than_are_asked_for) {
  for (std::uint8_t n = 1; n <= 5; ++n)
    come(n, start);
  BOOST_TEST(idle(start + 1s, 2, start + 1s) == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(idle(start + 1s, 2, start + 1s) == (numbers{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(idle(start + 1s, 2, start + 1s) == numbers{5}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whoever_has_left_is_not_found) {
  come(1, start);
  come(2, start);
  all.erase(account(1));
  all.erase(account(1));
  BOOST_TEST(all.size() == 1u);
  BOOST_TEST((all.find(account(1)) == nullptr));
  BOOST_TEST(idle(start + 1s, 10, start + 1s) == numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
