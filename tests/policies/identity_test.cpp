#include "policies/identity.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(identity)

using namespace easel;
using namespace easel::policies;

namespace {

identity_claims ada() {
  return {"https://accounts.google.com", secret_text("110169484474386276334"), secret_text("Ada@Example.org"),
          secret_text("Ada Lovelace")};
}

std::string bad_claim(const identity_claims& claims) { return std::string(first_bad_claim(claims).value_or("none")); }

} // namespace

BOOST_AUTO_TEST_CASE(claims_of_a_usual_token_are_kept) {
  BOOST_TEST(bad_claim(ada()) == "none");
  auto nameless = ada();
  nameless.name = {};
  BOOST_TEST(bad_claim(nameless) == "none");
}

BOOST_AUTO_TEST_CASE(a_claim_beyond_its_bound_is_named) {
  const auto with = [](auto identity_claims::*claim, std::string text) {
    auto claims = ada();
    claims.*claim = std::remove_reference_t<decltype(claims.*claim)>(std::move(text));
    return bad_claim(claims);
  };
  BOOST_TEST(with(&identity_claims::issuer, "") == "iss");
  BOOST_TEST(with(&identity_claims::issuer, "https://a.example\nx") == "iss");
  BOOST_TEST(with(&identity_claims::issuer, std::string(256, 'a')) == "iss");
  BOOST_TEST(with(&identity_claims::subject, "") == "sub");
  BOOST_TEST(with(&identity_claims::subject, std::string(255, '1')) == "none");
  BOOST_TEST(with(&identity_claims::subject, std::string(256, '1')) == "sub");
  BOOST_TEST(with(&identity_claims::subject, "1\n2") == "sub");
  BOOST_TEST(with(&identity_claims::subject, "\xc3\xa4") == "sub");
  BOOST_TEST(with(&identity_claims::email, "") == "email");
  BOOST_TEST(with(&identity_claims::email, "ada") == "email");
  BOOST_TEST(with(&identity_claims::email, "@example.org") == "email");
  BOOST_TEST(with(&identity_claims::email, "a b@example.org") == "email");
  BOOST_TEST(with(&identity_claims::email, std::string(309, 'a') + "@example.org") == "email");
  BOOST_TEST(with(&identity_claims::email, std::string("a\0@b.org", 8)) == "email");
  BOOST_TEST(with(&identity_claims::email, "\xff@b.org") == "email");
  BOOST_TEST(with(&identity_claims::name, std::string("Ada\0", 4)) == "name");
  BOOST_TEST(with(&identity_claims::name, "Ada\nLovelace") == "name");
  BOOST_TEST(with(&identity_claims::name, "\xff") == "name");
  BOOST_TEST(with(&identity_claims::name, std::string(1281, 'a')) == "name");
}

BOOST_AUTO_TEST_CASE(both_spellings_of_the_issuer_are_one_person) {
  auto old_spelling = ada();
  old_spelling.issuer = "accounts.google.com";
  BOOST_TEST(subject_source(ada()) == "https://accounts.google.com\n110169484474386276334");
  BOOST_TEST(subject_source(old_spelling) == subject_source(ada()));
}

BOOST_AUTO_TEST_CASE(the_same_subject_of_another_issuer_is_another_person) {
  auto other = ada();
  other.issuer = "https://login.example.org";
  BOOST_TEST(subject_source(other) != subject_source(ada()));
}

BOOST_AUTO_TEST_CASE(an_address_is_found_in_any_ascii_case) {
  BOOST_TEST(email_source("Ada@Example.ORG") == "ada@example.org");
  BOOST_TEST(email_source("\xc3\x84@example.org") == "\xc3\x84@example.org");
}

BOOST_AUTO_TEST_CASE(a_display_name_has_bounds) {
  BOOST_TEST(is_display_name("A"));
  BOOST_TEST(is_display_name("\xc3\x84nne"));
  std::string longest;
  for (int i = 0; i < 80; ++i)
    longest += "\xc3\xa4";
  BOOST_TEST(is_display_name(longest));
  BOOST_TEST(!is_display_name(longest + "x"));
  BOOST_TEST(!is_display_name(""));
  BOOST_TEST(!is_display_name(" \t "));
  BOOST_TEST(!is_display_name("a\nb"));
  BOOST_TEST(!is_display_name("\xff"));
}

BOOST_AUTO_TEST_CASE(who_has_no_name_is_called_after_their_address) {
  const auto called = [](std::string name) {
    auto claims = ada();
    claims.name = secret_text(std::move(name));
    return display_name_of(claims).reveal();
  };
  BOOST_TEST(called("Ada Lovelace") == "Ada Lovelace");
  BOOST_TEST(called("") == "Ada");
  BOOST_TEST(called("   ") == "Ada");
  std::string long_name;
  for (int i = 0; i < 81; ++i)
    long_name += "\xc3\xa4";
  BOOST_TEST(called(long_name) == long_name.substr(0, 160)); // cut between code points
}

BOOST_AUTO_TEST_CASE(a_sign_in_that_finds_room_displaces_nobody) {
  for (const auto& live : {sign_ins_under_way{}, sign_ins_under_way{9'999, 0}, sign_ins_under_way{0, 9'999}})
    BOOST_TEST(make_room(live, {}).count == 0);
}

BOOST_AUTO_TEST_CASE(one_too_many_displaces_one_that_nobody_came_back_for) {
  for (const auto& live : {sign_ins_under_way{10'000, 0}, sign_ins_under_way{5'000, 5'000}}) {
    const auto gone = make_room(live, {});
    BOOST_TEST(gone.count == 1);
    BOOST_TEST(!gone.back);
  }
}

BOOST_AUTO_TEST_CASE(those_that_are_back_are_spared_up_to_half_of_the_bound) {
  for (const auto& live : {sign_ins_under_way{4'999, 5'001}, sign_ins_under_way{0, 10'000}}) {
    const auto gone = make_room(live, {});
    BOOST_TEST(gone.count == 1);
    BOOST_TEST(gone.back);
  }
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_bound_is_made_up_for_a_few_at_a_time) {
  BOOST_TEST(make_room({10'004, 0}, {}).count == 5);
  BOOST_TEST(make_room({20'000, 0}, {}).count == most_displaced_sign_ins);
  BOOST_TEST(make_room({0, 20'000}, {}).count == most_displaced_sign_ins);
}

BOOST_AUTO_TEST_CASE(whatever_is_under_way_a_full_bound_finds_somebody_to_displace) {
  for (std::int32_t most = 1; most <= 12; ++most) {
    identity_limits limits;
    limits.sign_ins = most;
    for (std::int32_t away = 0; away <= 20; ++away)
      for (std::int32_t back = 0; back <= 20; ++back) {
        const auto gone = make_room({away, back}, limits);
        BOOST_TEST((gone.count > 0) == (away + back >= most));
        BOOST_TEST(gone.count <= (gone.back ? back : away));
        BOOST_TEST(gone.count <= most_displaced_sign_ins);
      }
  }
}

BOOST_AUTO_TEST_SUITE_END()
