#include "policies/clauses.hpp"

#include "policies/evidence.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

BOOST_AUTO_TEST_SUITE(clauses_suite)

using namespace easel;
using namespace easel::policies;

namespace {

const std::filesystem::path tree = EASEL_SOURCE_DIR;

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

} // namespace

BOOST_AUTO_TEST_CASE(every_clause_of_the_policy_stands_here_once) {
  const std::vector<std::string_view> promised{"ACCOUNT-1", "GEN-1",    "BILL-1",  "TECH-1",  "RET-1",   "RET-2",
                                               "RET-3",     "THIRD-1",  "THIRD-2", "THIRD-3", "THIRD-4", "THIRD-5",
                                               "MAIL-1",    "COOKIE-1", "RIGHT-1", "RIGHT-2", "RIGHT-3", "RIGHT-4",
                                               "RIGHT-5",   "CHILD-1",  "CHANGE-1"};
  std::vector<std::string_view> found;
  for (const auto& c : clauses())
    found.push_back(c.id);
  BOOST_TEST(found == promised, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_enforces_and_tests_a_clause_exists_by_that_name) {
  for (const auto& c : clauses()) {
    BOOST_TEST_INFO(c.id);
    BOOST_TEST(!c.promise.empty());
    for (const auto& file : words(c.enforcers))
      BOOST_TEST(std::filesystem::exists(tree / file), std::string(c.id) + " names " + file);
    for (const auto& test : words(c.tests)) {
      const auto colon = test.find(':');
      BOOST_REQUIRE(colon != std::string::npos);
      const auto name = "BOOST_AUTO_TEST_CASE(" + test.substr(colon + 1) + ')';
      BOOST_TEST(read_whole(tree / test.substr(0, colon)).find(name) != std::string::npos,
                 std::string(c.id) + " names " + test);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_clause_is_proved_by_probes_that_exist_or_says_what_is_not_shown) {
  const auto known = probe_names();
  std::set<std::string> used;
  for (const auto& c : clauses()) {
    for (const auto& probe : words(c.probes)) {
      const bool exists = std::find(known.begin(), known.end(), probe) != known.end();
      BOOST_TEST(exists, std::string(c.id) + " names " + probe);
      used.insert(probe);
    }
    if (c.unproved.empty()) {
      BOOST_TEST(!c.probes.empty(), c.id);
      BOOST_TEST(!c.enforcers.empty(), c.id);
      BOOST_TEST(!c.tests.empty(), c.id);
    }
  }
  for (const auto probe : known)
    BOOST_TEST(used.contains(std::string(probe)), probe);
}

BOOST_AUTO_TEST_CASE(docs_privacy_names_every_clause_with_its_probes_and_tests) {
  const auto page = read_whole(tree / "docs/privacy.md");
  for (const auto& c : clauses()) {
    BOOST_TEST(page.find("| " + std::string(c.id) + " |") != std::string::npos, c.id);
    for (const auto& probe : words(c.probes))
      BOOST_TEST(page.find('`' + probe + '`') != std::string::npos, probe);
    for (const auto& file : words(c.enforcers))
      BOOST_TEST(page.find('`' + file + '`') != std::string::npos, std::string(c.id) + " is enforced by " + file);
    for (const auto& test : words(c.tests))
      BOOST_TEST(page.find('`' + test.substr(0, test.find(':')) + '`') != std::string::npos,
                 std::string(c.id) + " is tested in " + test);
    if (!c.unproved.empty())
      BOOST_TEST(page.find(c.unproved) != std::string::npos, c.unproved);
  }
}

BOOST_AUTO_TEST_SUITE_END()
