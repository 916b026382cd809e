#include "actors/log_ring.hpp"

#include <boost/test/unit_test.hpp>

namespace newest_log_lines {

using namespace easel;
using actors::log_question;
using actors::log_ring;

namespace {

std::vector<std::string> texts_of(const actors::log_page& page) {
  std::vector<std::string> out;
  for (const auto& one : page.lines)
    out.push_back(one.text);
  return out;
}
using texts = std::vector<std::string>;

} // namespace

} // namespace newest_log_lines

BOOST_AUTO_TEST_SUITE(newest_log_lines)

BOOST_AUTO_TEST_CASE(lines_are_found_by_level_and_text_newest_first) {
  log_ring ring;
  for (const auto* level : {"debug", "info", "warning", "error"})
    ring.keep(instant{}, level, std::string("One of ") + level);
  BOOST_TEST((texts_of(ring.find({})) == texts{"One of error", "One of warning", "One of info", "One of debug"}));
  BOOST_TEST((texts_of(ring.find({"warning", "", 10})) == texts{"One of error", "One of warning"}));
  BOOST_TEST((texts_of(ring.find({"debug", "ONE OF I", 10})) == texts{"One of info"}));
  BOOST_TEST((texts_of(ring.find({"debug", "", 1})) == texts{"One of error"}));
  BOOST_TEST(ring.find({"error", "info", 10}).lines.empty());
}

BOOST_AUTO_TEST_CASE(it_holds_so_many_and_says_how_many_there_were) {
  log_ring ring;
  for (std::size_t i = 0; i < log_ring::most_lines + 5; ++i)
    ring.keep(instant{}, "info", std::to_string(i));
  const auto page = ring.find({"debug", "", log_ring::most_lines});
  BOOST_TEST(page.written == log_ring::most_lines + 5);
  BOOST_TEST(page.kept == log_ring::most_lines);
  BOOST_TEST(page.lines.size() == log_ring::most_lines);
  BOOST_TEST(page.lines.front().number == log_ring::most_lines + 5);
  BOOST_TEST(page.lines.back().text == "5");
}

BOOST_AUTO_TEST_CASE(a_line_is_cut_between_characters_and_commands_no_terminal) {
  log_ring ring;
  ring.keep(instant{}, "info", std::string(log_ring::longest_line - 1, 'x') + "\u00e9");
  ring.keep(instant{}, "info", "a\x1b[2Jb\nc");
  const auto page = ring.find({});
  BOOST_TEST(page.lines[1].text == std::string(log_ring::longest_line - 1, 'x'));
  BOOST_TEST(page.lines[0].text == "a [2Jb c");
}

BOOST_AUTO_TEST_SUITE_END()
