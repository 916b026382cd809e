#include "config/spelling.hpp"
#include "config/units.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config {

BOOST_AUTO_TEST_SUITE(units_suite)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(durations_are_a_whole_number_and_a_unit) {
  BOOST_TEST((parse_duration("250 ms") == duration(250ms)));
  BOOST_TEST((parse_duration("250ms") == duration(250ms)));
  BOOST_TEST((parse_duration("5 s") == duration(5s)));
  BOOST_TEST((parse_duration("10 min") == duration(10min)));
  BOOST_TEST((parse_duration("-24 h") == duration(-24h)));
  BOOST_TEST((parse_duration("1 day") == duration(24h)));
  BOOST_TEST((parse_duration("30 days") == duration(24h * 30)));
  for (const auto* text : {"", "5", "s", "5 sec", "1.5 s", "5 s ", "5 S", "9223372036854775807 s", "five s", " 5 s"})
    BOOST_TEST(!parse_duration(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_with_binary_units) {
  BOOST_TEST(parse_size("4096").value() == 4096);
  BOOST_TEST(parse_size("64 KiB").value() == 65536);
  BOOST_TEST(parse_size("8MiB").value() == 8 << 20);
  BOOST_TEST(parse_size("3 GiB").value() == 3LL << 30);
  for (const auto* text : {"", "KiB", "64 KB", "64 TiB", "9223372036854775807 MiB"})
    BOOST_TEST(!parse_size(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(what_is_shown_reads_back_as_the_same) {
  for (duration value : {duration(0), duration(1), duration(250ms), duration(90s), duration(25h), duration(24h * 30)})
    BOOST_TEST((parse_duration(show_duration(value)) == value), show_duration(value));
  for (std::int64_t bytes : {0, 1, 1024, 1500, 24 << 20})
    BOOST_TEST(parse_size(show_size(bytes)).value() == bytes);
  BOOST_TEST(show_duration(90s) == "90 s");
  BOOST_TEST(show_duration(24h * 30) == "30 days");
}

BOOST_AUTO_TEST_CASE(a_misspelled_word_finds_the_one_that_was_meant) {
  const std::vector<std::string> known{"heartbeat", "port", "address"};
  BOOST_TEST(closest("hartbeat", known).value() == "heartbeat");
  BOOST_TEST(closest("prot", known).value() == "port");
  BOOST_TEST(!closest("past", known).has_value()); // half of its letters differ: it could be anything
  BOOST_TEST(closest("adress", known).value() == "address");
  BOOST_TEST(!closest("colour", known).has_value());
  BOOST_TEST(!closest(std::string(100'000, 'a'), known).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config
