#include "policies/id_token.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>

BOOST_AUTO_TEST_SUITE(id_tokens)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using fault = id_token_fault;

namespace {

constexpr std::int64_t second = 1'795'000'000;
constexpr instant now{std::chrono::seconds(second)};
const secret_text nonce("n-0S6_WzA2Mj");

id_token_rules rules() {
  id_token_rules out;
  out.client_id = "us";
  return out;
}

id_claims good() {
  id_claims claims;
  claims.iss = "https://accounts.google.com";
  claims.aud = {"us"};
  claims.azp = "us";
  claims.iat = second - 5;
  claims.exp = second + 3595;
  claims.nonce = nonce;
  claims.sub = secret_text("10769150350006150715113082367");
  claims.email = secret_text("ada@example.com");
  claims.email_verified = true;
  claims.name = secret_text("Ada Lovelace");
  return claims;
}

/// Nothing when the claims are accepted.
std::optional<fault> fault_of(const id_claims& claims, instant at = now) {
  const auto person = check_id_token(claims, rules(), nonce, at);
  return person ? std::nullopt : std::optional(person.error());
}

template <class Change>
std::optional<fault> fault_with(Change change, instant at = now) {
  auto claims = good();
  change(claims);
  return fault_of(claims, at);
}

std::string name_of(const std::string& name) { return display_name(name, "ada@example.com"); }

std::string repeated(const std::string& piece, std::size_t times) {
  std::string out;
  for (; times > 0; --times)
    out += piece;
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_good_token_says_who_signed_in) {
  const auto person = check_id_token(good(), rules(), nonce, now);
  BOOST_REQUIRE(person.has_value());
  BOOST_TEST(person->subject.reveal() == "10769150350006150715113082367");
  BOOST_TEST(person->email.reveal() == "ada@example.com");
  BOOST_TEST(person->display_name.reveal() == "Ada Lovelace");
}

BOOST_AUTO_TEST_CASE(both_spellings_of_the_issuer_are_google_and_no_third) {
  BOOST_TEST(!fault_with([](auto& c) { c.iss = "accounts.google.com"; }));
  for (const auto* iss : {"", "https://accounts.google.com/", "http://accounts.google.com", "Accounts.google.com",
                          "https://accounts.google.com.evil.example"})
    BOOST_TEST((fault_with([&](auto& c) { c.iss = iss; }) == fault::issuer), iss);
  auto unset = rules();
  unset.issuer.clear();
  auto claims = good();
  claims.iss.clear();
  BOOST_TEST((check_id_token(claims, unset, nonce, now).error() == fault::issuer));
}

BOOST_AUTO_TEST_CASE(the_audience_is_us_and_in_a_list_the_authorized_party_must_say_so) {
  struct combination {
    std::vector<std::string> aud;
    bool is_list;
    std::optional<std::string> azp;
    std::optional<fault> expected;
  };
  const std::vector<combination> table{
    {{"us"}, false, std::nullopt, std::nullopt},
    {{"us"}, false, "us", std::nullopt},
    {{"us"}, false, "them", fault::authorized_party},
    {{"us"}, false, "", fault::authorized_party},
    {{"them"}, false, "us", fault::audience},
    {{"them"}, false, std::nullopt, fault::audience},
    {{""}, false, std::nullopt, fault::audience},
    {{"US"}, false, std::nullopt, fault::audience},
    {{"us"}, true, "us", std::nullopt},
    {{"us"}, true, std::nullopt, fault::authorized_party},
    {{"us", "them"}, true, "us", std::nullopt},
    {{"them", "us"}, true, "us", std::nullopt},
    {{"us", "them"}, true, "them", fault::authorized_party},
    {{"us", "them"}, true, std::nullopt, fault::authorized_party},
    {{"them", "others"}, true, "us", fault::audience},
    {{}, true, "us", fault::audience},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [aud, is_list, azp, expected] = table[i];
    BOOST_TEST((fault_with([&](auto& c) {
                  c.aud = aud;
                  c.aud_is_list = is_list;
                  c.azp = azp;
                })
                == expected),
               "row " << i);
  }
}

BOOST_AUTO_TEST_CASE(without_a_client_id_of_ours_no_token_is_for_us) {
  auto claims = good();
  claims.aud = {""};
  claims.azp.reset();
  BOOST_TEST((check_id_token(claims, id_token_rules{}, nonce, now).error() == fault::audience));
}

BOOST_AUTO_TEST_CASE(a_token_ends_with_its_skew) {
  const auto expiring = [](std::int64_t exp) { return fault_with([&](auto& c) { c.exp = exp; }); };
  BOOST_TEST(!expiring(second - 59));
  BOOST_TEST((expiring(second - 60) == fault::expired));
  BOOST_TEST((expiring(0) == fault::expired));
  BOOST_TEST((expiring(INT64_MIN) == fault::expired));
  BOOST_TEST(!expiring(INT64_MAX));
  BOOST_TEST((fault_with([](auto& c) { c.exp = second - 60; }, now + 999ms) == fault::expired));
}

BOOST_AUTO_TEST_CASE(a_token_is_neither_from_the_future_nor_older_than_ten_minutes) {
  const auto issued = [](std::int64_t iat) { return fault_with([&](auto& c) { c.iat = iat; }); };
  BOOST_TEST(!issued(second + 60));
  BOOST_TEST((issued(second + 61) == fault::from_the_future));
  BOOST_TEST((issued(INT64_MAX) == fault::from_the_future));
  BOOST_TEST(!issued(second - 660));
  BOOST_TEST((issued(second - 661) == fault::too_old));
  BOOST_TEST((issued(0) == fault::too_old));
  BOOST_TEST((issued(INT64_MIN) == fault::too_old));
}

BOOST_AUTO_TEST_CASE(the_nonce_is_the_one_that_was_sent_and_never_empty) {
  for (const auto* other : {"", "n-0S6_WzA2M", "n-0S6_WzA2MjX", "N-0S6_WzA2Mj"})
    BOOST_TEST((fault_with([&](auto& c) { c.nonce = secret_text(other); }) == fault::nonce));
  auto claims = good();
  claims.nonce = secret_text();
  BOOST_TEST((check_id_token(claims, rules(), secret_text(), now).error() == fault::nonce));
}

BOOST_AUTO_TEST_CASE(a_subject_is_1_to_255_printable_ascii_characters) {
  const auto of = [](const std::string& sub) { return fault_with([&](auto& c) { c.sub = secret_text(sub); }); };
  BOOST_TEST(!of("x"));
  BOOST_TEST(!of(std::string(255, '1')));
  BOOST_TEST((of("") == fault::subject));
  BOOST_TEST((of(std::string(256, '1')) == fault::subject));
  for (const auto* odd : {"a b", "a\n", "\x7f", "\xc3\xa9", "\xff"})
    BOOST_TEST((of(odd) == fault::subject));
}

BOOST_AUTO_TEST_CASE(an_address_must_be_there_and_verified) {
  BOOST_TEST((fault_with([](auto& c) { c.email = secret_text(); }) == fault::email));
  BOOST_TEST((fault_with([](auto& c) { c.email = secret_text("ada"); }) == fault::email));
  BOOST_TEST((fault_with([](auto& c) { c.email_verified = false; }) == fault::email_unverified));
}

/// What may be wrong with claims, in the order in which it is named.
struct defect {
  fault named;
  void (*spoil)(id_claims&);
};

constexpr std::array defects{
  defect{fault::issuer, [](auto& c) { c.iss = "https://evil.example"; }},
  defect{fault::audience, [](auto& c) { c.aud = {"them"}; }},
  defect{fault::authorized_party, [](auto& c) { c.azp = "them"; }},
  defect{fault::expired, [](auto& c) { c.exp = second - 60; }},
  defect{fault::from_the_future, [](auto& c) { c.iat = second + 61; }},
  defect{fault::nonce, [](auto& c) { c.nonce = secret_text("x"); }},
  defect{fault::subject, [](auto& c) { c.sub = secret_text(); }},
  defect{fault::email, [](auto& c) { c.email = secret_text("x"); }},
  defect{fault::email_unverified, [](auto& c) { c.email_verified = false; }},
};

BOOST_AUTO_TEST_CASE(of_any_set_of_defects_the_first_in_order_is_named) {
  for (unsigned set = 1; set < 1u << defects.size(); ++set) {
    auto claims = good();
    std::optional<fault> first;
    for (std::size_t i = defects.size(); i-- > 0;)
      if ((set >> i & 1) != 0) {
        defects[i].spoil(claims);
        first = defects[i].named;
      }
    BOOST_TEST((fault_of(claims) == first), "set of defects " << set);
  }
}

BOOST_AUTO_TEST_CASE(an_address_has_a_local_part_and_a_domain_and_its_bounds) {
  const std::string domain = "@example.com";
  for (const auto& good :
       {std::string("a@b"), std::string("ada+x@mail.example"), std::string("\"a@b\"@example.com"),
        std::string("j\u00fcrgen@m\u00fcnchen.example"), std::string(64, 'a') + domain, "a@" + std::string(252, 'b')})
    BOOST_TEST(is_email(good), good);
  for (const auto& bad :
       {std::string(), std::string("@"), std::string("ada"), std::string("@example.com"), std::string("ada@"),
        std::string(65, 'a') + domain, "a@" + std::string(253, 'b'), std::string("a b@example.com"),
        std::string(" ada@example.com"), std::string("ada@example.com\n"), std::string("ada@exam\u202eple.com"),
        std::string("ada@example.com\0", 16), std::string("\xff@example.com"), std::string("a\u00a0b@example.com")})
    BOOST_TEST(!is_email(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_name_is_shown_on_one_line_without_what_does_not_show) {
  BOOST_TEST(name_of("Ada Lovelace") == "Ada Lovelace");
  BOOST_TEST(name_of("  Ada \t\r\n  Lovelace ") == "Ada Lovelace");
  BOOST_TEST(name_of(std::string("A\0d\x1b[31ma\x7f\u0085", 12)) == "Ad[31ma");
  BOOST_TEST(name_of("Ada\u202eecalevoL\u2066x\u200fy\ufeff") == "AdaecalevoLxy");
  BOOST_TEST(name_of("\u2028Ada\u2029Lovelace\u3000") == "Ada Lovelace");
  BOOST_TEST(name_of("\u5c71\u7530 \u592a\u90ce") == "\u5c71\u7530 \u592a\u90ce");
  BOOST_TEST(name_of("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"); // a joiner between letters spells
  BOOST_TEST(name_of("\u200dAda\u200d \u200c") == "Ada");
}

BOOST_AUTO_TEST_CASE(without_a_name_that_shows_the_local_part_stands_for_it) {
  for (const auto* nothing : {"", "   ", "\u200b\u200c\u200d", "\x01\x02", "not\xff utf8"})
    BOOST_TEST(name_of(nothing) == "ada");
  BOOST_TEST(display_name("", "\"a@b\"@example.com") == "\"a@b\"");
}

BOOST_AUTO_TEST_CASE(a_name_is_cut_after_eighty_code_points) {
  const std::string acute = "\u00e9";
  BOOST_TEST(name_of(repeated(acute, 80)) == repeated(acute, 80));
  BOOST_TEST(name_of(repeated(acute, 81)) == repeated(acute, 80));
  BOOST_TEST(name_of(repeated("x", 80) + " y") == repeated("x", 80));
  BOOST_TEST(name_of(repeated("x", 79) + " y") == repeated("x", 79));
  BOOST_TEST(name_of(repeated("x", 78) + "  y") == repeated("x", 78) + " y");
  BOOST_TEST(name_of(repeated("x", 79) + "\u200dy") == repeated("x", 79));
  BOOST_TEST(name_of(repeated("x", 1'000'000)) == repeated("x", 80));
  BOOST_TEST(name_of(repeated("x", 1000) + "\xff") == "ada");
}

BOOST_AUTO_TEST_CASE(every_fault_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto each : all_id_token_faults)
    names.insert(to_string(each));
  BOOST_TEST(names.size() == all_id_token_faults.size());
  BOOST_TEST(!names.contains("unknown"));
}

BOOST_AUTO_TEST_SUITE_END()
