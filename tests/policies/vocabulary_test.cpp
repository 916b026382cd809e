#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/crc32.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/utf8.hpp"

#include "tests/policies/seeds.hpp"

#include <set>

BOOST_AUTO_TEST_SUITE(vocabulary)

using namespace easel;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

constexpr day november_23{std::chrono::year{2026} / 11 / 23};

/// The encoding of one code point, also of those that must not be encoded.
std::string utf8(std::uint32_t point) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (point < 0x80)
    return {static_cast<char>(point)};
  if (point < 0x800)
    return {static_cast<char>(0xc0 | point >> 6), tail(point)};
  if (point < 0x10000)
    return {static_cast<char>(0xe0 | point >> 12), tail(point >> 6), tail(point)};
  return {static_cast<char>(0xf0 | point >> 18), tail(point >> 12), tail(point >> 6), tail(point)};
}

} // namespace

BOOST_AUTO_TEST_CASE(an_instant_is_shown_in_utc_with_milliseconds_and_never_early) {
  BOOST_TEST(to_string(instant(november_23 + 5h + 32min + 123ms)) == "2026-11-23T05:32:00.123Z");
  BOOST_TEST(to_string(instant(november_23 + 24h - 1us)) == "2026-11-23T23:59:59.999Z");
  BOOST_TEST(to_string(instant(0us)) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(to_string(instant(-1us)) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(to_string(november_23) == "2026-11-23");
  BOOST_TEST(to_string(day(std::chrono::year{2028} / 2 / 29)) == "2028-02-29");
}

BOOST_AUTO_TEST_CASE(a_day_begins_at_midnight_utc_also_before_1970) {
  BOOST_TEST((day_of(instant(november_23)) == november_23));
  BOOST_TEST((day_of(instant(november_23) - 1us) == november_23 - std::chrono::days(1)));
  BOOST_TEST(unix_seconds(instant(-1us)) == -1);
}

BOOST_AUTO_TEST_CASE(an_instant_is_read_as_rfc_3339_in_utc_or_not_at_all) {
  const auto shown = [](std::string_view text) {
    const auto at = parse_instant(text);
    return at ? to_string(*at) : std::string();
  };
  BOOST_TEST(shown("2026-11-23T05:32:00Z") == "2026-11-23T05:32:00.000Z");
  BOOST_TEST(shown("2026-11-23T05:32:00.5Z") == "2026-11-23T05:32:00.500Z");
  BOOST_TEST((parse_instant("1970-01-01T00:00:00.000001Z") == instant(duration(1))));
  BOOST_TEST(shown("2024-02-29T23:59:59.999999Z") == "2024-02-29T23:59:59.999Z");
  for (const std::string_view wrong : {"",
                                       "Z",
                                       "2026-11-23",
                                       "2026-11-23T05:32:00",
                                       "2026-11-23 05:32:00Z",
                                       "2026-11-23T05:32Z",
                                       "2026-11-23T05:32:00+01:00",
                                       "2026-11-23T05:32:00.Z",
                                       "2026-11-23T05:32:00.1234567Z",
                                       "2026-11-23T05:32:00.xZ",
                                       "2026-11-23T24:00:00Z",
                                       "2026-11-23T05:60:00Z",
                                       "2026-11-23T05:32:60Z",
                                       "2026-02-29T00:00:00Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "1969-12-31T23:59:59Z",
                                       "-026-11-23T05:32:00Z",
                                       "2026-11-23T05:32:00Z ",
                                       " 2026-11-23T05:32:00Z",
                                       "2026-11-23t05:32:00z",
                                       "2026-11-23T05:32:00ZZ"})
    BOOST_TEST(!parse_instant(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(names_are_distinct_and_read_back) {
  std::set<std::string_view> names;
  for (const auto state : all_generation_states)
    names.insert(to_string(state));
  BOOST_TEST(names.size() == all_generation_states.size());
  BOOST_TEST(!names.contains("unknown"));
  for (const auto value : all_tiers)
    BOOST_TEST((parse_tier(to_string(value)) == value));
  for (const auto value : {image_format::png, image_format::jpeg, image_format::webp}) {
    BOOST_TEST((parse_image_format(to_string(value)) == value));
    BOOST_TEST(media_type(value) == "image/" + std::string(to_string(value)));
  }
  BOOST_TEST(!parse_tier("Paid"));
  BOOST_TEST(!parse_tier(""));
  BOOST_TEST(!parse_image_format("jpg"));
}

BOOST_AUTO_TEST_CASE(every_failure_and_recipient_has_a_name_of_its_own) {
  std::set<std::string_view> failures;
  for (int i = 0; i <= static_cast<int>(failure::upstream_misconfigured); ++i)
    failures.insert(to_string(static_cast<failure>(i)));
  BOOST_TEST(failures.size() == 13);
  std::set<std::string_view> recipients;
  for (const auto each : all_recipients)
    recipients.insert(to_string(each));
  BOOST_TEST(recipients.size() == all_recipients.size());
  BOOST_TEST(!failures.contains("unknown"));
  BOOST_TEST(!recipients.contains("unknown"));
}

BOOST_AUTO_TEST_CASE(credits_have_bounds) {
  BOOST_TEST(credits::from(credits::bound).has_value());
  BOOST_TEST(credits::from(-credits::bound).has_value());
  BOOST_TEST(!credits::from(credits::bound + 1));
  BOOST_TEST(!credits::from(-credits::bound - 1));
  BOOST_TEST(!credits::from(INT64_MIN));
}

BOOST_AUTO_TEST_CASE(a_secret_is_shown_by_its_length_only) {
  BOOST_TEST(to_string(secret_text("canary")) == "*** (6 bytes)");
}

BOOST_AUTO_TEST_CASE(crc_32_gives_the_check_value) {
  BOOST_TEST(crc32("123456789") == 0xcbf43926u);
  BOOST_TEST(crc32("") == 0u);
  BOOST_TEST(crc32("IEND") == 0xae426082u);
}

BOOST_AUTO_TEST_CASE(every_code_point_is_text_but_surrogates_and_what_lies_above) {
  int wrong = 0;
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    const bool valid = point < 0x110000 && !(point >= 0xd800 && point < 0xe000);
    const auto facts = inspect_text(utf8(point));
    wrong += facts.has_value() != valid || (valid && facts->code_points != 1);
  }
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(overlong_cut_and_stray_bytes_are_no_text) {
  for (const auto text :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv, "\xe0\x9f\xbf"sv, "\xf0\x80\x80\x80"sv,
        "\xf0\x8f\xbf\xbf"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "\xfe"sv, "\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv,
        "\xc3("sv, "\xe2(\xa1"sv, "\xf0\x9f(\x80"sv, "fine until \xc3"sv})
    BOOST_TEST(!inspect_text(text));
}

BOOST_AUTO_TEST_CASE(text_is_counted_in_code_points) {
  const auto facts = inspect_text("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80").value();
  BOOST_TEST((facts == text_facts{4, false, false}));
  BOOST_TEST((inspect_text("").value() == text_facts{0, true, false}));
  BOOST_TEST((inspect_text("a\0b"sv).value() == text_facts{3, false, true}));
}

BOOST_AUTO_TEST_CASE(text_of_white_space_and_invisible_marks_is_blank) {
  for (const auto point : {0x09, 0x0a, 0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2003, 0x200b, 0x200f, 0x2028, 0x2029, 0x202f,
                           0x205f, 0x2060, 0x3000, 0xfeff})
    BOOST_TEST(inspect_text(" " + utf8(static_cast<std::uint32_t>(point)))->blank);
  for (const auto point : {0x21, 0x7e, 0xa1, 0xe9, 0x2010, 0x2030, 0x3001, 0x1f600})
    BOOST_TEST(!inspect_text(" " + utf8(static_cast<std::uint32_t>(point)))->blank);
}

BOOST_AUTO_TEST_SUITE_END()
