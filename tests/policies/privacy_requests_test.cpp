#include "policies/privacy_requests.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

BOOST_AUTO_TEST_SUITE(privacy_requests)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

day on(const char* text) { return parse_day(text).value(); }
std::string due(const char* received, bool extended = false) { return to_string(due_on(on(received), extended)); }

} // namespace

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_is_due_a_calendar_month_after_its_receipt) {
  BOOST_TEST(due("2026-11-26") == "2026-12-26");
  BOOST_TEST(due("2026-12-26") == "2027-01-26");
  BOOST_TEST(due("2027-01-28") == "2027-02-28");
  BOOST_TEST(due("2027-01-29") == "2027-02-28");
  BOOST_TEST(due("2027-01-31") == "2027-02-28");
  BOOST_TEST(due("2028-01-29") == "2028-02-29"); // a leap year
  BOOST_TEST(due("2028-01-31") == "2028-02-29");
  BOOST_TEST(due("2100-01-31") == "2100-02-28"); // none
  BOOST_TEST(due("2027-02-28") == "2027-03-28"); // not the last of March
  BOOST_TEST(due("2028-02-29") == "2028-03-29");
  BOOST_TEST(due("2027-03-31") == "2027-04-30");
  BOOST_TEST(due("2027-12-31") == "2028-01-31");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_an_extension_counts_from_the_receipt) {
  BOOST_TEST(due("2026-11-26", true) == "2027-02-26");
  BOOST_TEST(due("2026-11-30", true) == "2027-02-28");
  BOOST_TEST(due("2027-01-31", true) == "2027-04-30"); // not two months after the last of February
  BOOST_TEST(due("2027-11-30", true) == "2028-02-29");
  BOOST_TEST(due("2027-10-31", true) == "2028-01-31");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_of_every_day_of_two_cycles_of_leap_years) {
  for (day received = on("2024-01-01"); received < on("2032-01-01"); received += std::chrono::days(1)) {
    const std::chrono::year_month_day from(received);
    for (const bool extended : {false, true}) {
      const std::chrono::year_month_day until(due_on(received, extended));
      const auto month = from.year() / from.month() + std::chrono::months(extended ? 3 : 1);
      BOOST_REQUIRE((until.year() / until.month() == month));
      const std::chrono::year_month_day last(day(month / std::chrono::last));
      BOOST_REQUIRE((until.day() == std::min(from.day(), last.day())));
    }
    BOOST_REQUIRE((due_on(received, false) - received >= std::chrono::days(28)));
    BOOST_REQUIRE((due_on(received, false) - received <= std::chrono::days(31)));
    BOOST_REQUIRE((due_on(received, false) <= due_on(received + std::chrono::days(1), false)));
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_5_on_its_due_day_a_request_is_in_time) {
  BOOST_TEST(days_left(on("2026-12-26"), on("2026-11-26")) == 30);
  BOOST_TEST(days_left(on("2026-12-26"), on("2026-12-26")) == 0);
  BOOST_TEST(days_left(on("2026-12-26"), on("2026-12-28")) == -2);
  BOOST_TEST(!is_past_due(on("2026-12-26"), on("2026-12-26")));
  BOOST_TEST(is_past_due(on("2026-12-26"), on("2026-12-27")));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_the_time_is_extended_once_and_within_the_first_month) {
  BOOST_TEST(may_extend(on("2026-11-26"), false, on("2026-11-26")));
  BOOST_TEST(may_extend(on("2026-11-26"), false, on("2026-12-26")));
  BOOST_TEST(!may_extend(on("2026-11-26"), false, on("2026-12-27")));
  BOOST_TEST(!may_extend(on("2026-11-26"), true, on("2026-11-27")));
}

BOOST_AUTO_TEST_CASE(each_kind_and_outcome_has_a_word_that_is_read_back) {
  for (const auto kind : all_request_kinds)
    BOOST_TEST((parse_request_kind(to_string(kind)) == kind));
  for (const auto outcome : all_request_outcomes)
    BOOST_TEST((parse_request_outcome(to_string(outcome)) == outcome));
  for (const auto* word : {"", "unknown", "Access", "erase"}) {
    BOOST_TEST(!parse_request_kind(word).has_value());
    BOOST_TEST(!parse_request_outcome(word).has_value());
  }
}

BOOST_AUTO_TEST_CASE(CHILD_1_what_the_service_can_do_by_itself_is_an_erasure_or_a_restriction) {
  const auto way = [](request_kind kind) { return fulfilment_of(kind); };
  BOOST_TEST((way(request_kind::erasure) == fulfilment::erase));
  BOOST_TEST((way(request_kind::child) == fulfilment::erase_child));
  BOOST_TEST((way(request_kind::restriction) == fulfilment::restrict));
  BOOST_TEST((way(request_kind::objection) == fulfilment::restrict));
  for (const auto kind : {request_kind::access, request_kind::correction, request_kind::complaint})
    BOOST_TEST((way(kind) == fulfilment::by_hand));
}

BOOST_AUTO_TEST_CASE(a_reference_holds_no_address_and_no_sentence) {
  for (const auto* text : {"1", "MAIL-4711", "2026/11/26.7", "a_b", "0123456789012345678901234567890123456789"})
    BOOST_TEST(is_request_reference(text), text);
  for (const auto* text :
       {"", "-1", "ada@example.org", "Ada Lovelace", "a\nb", "\xc3\xa4", "01234567890123456789012345678901234567890"})
    BOOST_TEST(!is_request_reference(text), text);
}

BOOST_AUTO_TEST_CASE(a_day_is_read_or_it_is_none) {
  BOOST_TEST((on("2028-02-29") == day(2028y / 2 / 29)));
  for (const auto* text : {"", "2027-02-29", "2026-11-26 ", "26.11.2026", "2026-11-26T00:00:00Z", "1969-12-31"})
    BOOST_TEST(!parse_day(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_is_not_done_while_the_account_lives) {
  for (const auto kind : all_request_kinds)
    for (const auto outcome : all_request_outcomes) {
      const bool erases = kind == request_kind::erasure || kind == request_kind::child;
      BOOST_TEST(may_close(kind, outcome, true) == !(erases && outcome == request_outcome::done));
      BOOST_TEST(may_close(kind, outcome, false));
    }
}

BOOST_AUTO_TEST_SUITE_END()
