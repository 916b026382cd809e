#include "http/client/cache_control.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cache_control_suite)

using namespace easel;
using namespace easel::client;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(max_age_is_found_among_other_directives) {
  const auto is = [](std::string_view value, duration age) { return parse_max_age(value) == age; };
  BOOST_TEST(is("public, max-age=19826, must-revalidate, no-transform", 19826s));
  BOOST_TEST(is("max-age=0", 0s));
  BOOST_TEST(is("MAX-AGE=5", 5s));
  BOOST_TEST(is(" \tmax-age=5 ,private", 5s));
  BOOST_TEST(is("max-age=\"7\"", 7s));
  BOOST_TEST(is("s-maxage=9, max-age=3", 3s));
  BOOST_TEST(is("max-age=3, max-age=9", 3s));
  BOOST_TEST(is("x=\"a\", ,, max-age=3,", 3s));
}

BOOST_AUTO_TEST_CASE(what_must_not_be_kept_is_kept_for_no_time) {
  for (const auto* value : {"no-store", "no-cache", "max-age=60, no-store", "NO-CACHE, max-age=60"})
    BOOST_TEST((parse_max_age(value) == duration::zero()), value);
}

BOOST_AUTO_TEST_CASE(a_number_of_any_length_is_at_most_a_year) {
  const duration year = 24h * 365;
  BOOST_TEST((parse_max_age("max-age=31536001") == year));
  BOOST_TEST((parse_max_age("max-age=" + std::string(1000, '9')) == year));
  BOOST_TEST((parse_max_age("max-age=31535999") == year - 1s));
}

BOOST_AUTO_TEST_CASE(anything_else_says_nothing) {
  for (const auto* value : {"", ",", "public", "max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=1 2",
                            "max-age = 5", "max-age=\"5", "max-age=x", "maxage=5", "s-maxage=9", "xmax-age=5"})
    BOOST_TEST(!parse_max_age(value), value);
}

BOOST_AUTO_TEST_SUITE_END()
