#include "persistence/group_append.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace easel::persistence {

namespace group_append_suite {

namespace {

/// Writes that begin when they are let, each noted.
struct fixture {
  expected<void, std::string> write(const std::string& text) {
    written.push_back(text);
    if (written.size() == 1) {
      begun.set_value();
      may_end.wait();
    }
    if (text.find('!') != std::string::npos)
      return unexpected(std::string("the disk is full"));
    if (text.find('?') != std::string::npos)
      throw std::runtime_error("no memory");
    return {};
  }
  /// Adds each of `texts` in a thread of its own while the first write, of "a", is under way. Their outcomes.
  std::vector<bool> add_during_a_write(const std::vector<std::string>& texts) {
    std::thread first([&] { first_went_well = lines.add("a").has_value(); });
    begun.get_future().wait();
    std::vector<std::future<bool>> others;
    for (const auto& text : texts)
      others.push_back(std::async(std::launch::async, [&] { return lines.add(text).has_value(); }));
    while (lines.waiting() < texts.size())
      std::this_thread::yield();
    end.set_value();
    first.join();
    std::vector<bool> outcomes;
    for (auto& each : others)
      outcomes.push_back(each.get());
    return outcomes;
  }

  std::promise<void> begun, end;
  std::shared_future<void> may_end = end.get_future().share();
  std::vector<std::string> written; ///< by one thread at a time
  bool first_went_well = false;
  group_append lines{[this](const std::string& text) { return write(text); }};
};

} // namespace

} // namespace group_append_suite

BOOST_FIXTURE_TEST_SUITE(group_append_suite, fixture)

BOOST_AUTO_TEST_CASE(whoever_comes_during_a_write_shares_the_next_one) {
  const auto outcomes = add_during_a_write(std::vector<std::string>(8, "b"));
  BOOST_TEST(first_went_well);
  BOOST_TEST(outcomes == std::vector<bool>(8, true), boost::test_tools::per_element());
  BOOST_TEST(written == (std::vector<std::string>{"a", "bbbbbbbb"}), boost::test_tools::per_element());
  BOOST_TEST(lines.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_refuses_all_its_lines_and_no_other) {
  const auto outcomes = add_during_a_write({"b", "!", "c"});
  BOOST_TEST(first_went_well);
  BOOST_TEST(outcomes == std::vector<bool>(3, false), boost::test_tools::per_element());
  BOOST_TEST(lines.add("d").has_value());
}

BOOST_AUTO_TEST_CASE(a_write_that_throws_leaves_nobody_waiting) {
  const auto outcomes = add_during_a_write({"b", "?"});
  BOOST_TEST(outcomes == std::vector<bool>(2, false), boost::test_tools::per_element());
  BOOST_TEST(lines.add("d").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
