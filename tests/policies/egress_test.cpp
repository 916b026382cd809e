#include "policies/egress.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

BOOST_AUTO_TEST_SUITE(egress)

using namespace easel;
using namespace easel::policies;

namespace {

constexpr std::array all_classes{data_class::identity, data_class::content, data_class::billing, data_class::technical,
                                 data_class::credential};
constexpr std::array<std::optional<tier>, 3> all_owners{std::nullopt, tier::free, tier::paid};

/// Everything that may leave, written a second time by hand.
const std::set<std::tuple<recipient, data_class, std::optional<tier>>> may_leave{
  {recipient::openai_moderation, data_class::content, std::nullopt},
  {recipient::openai_moderation, data_class::content, tier::free},
  {recipient::openai_moderation, data_class::content, tier::paid},
  {recipient::sub2api, data_class::content, tier::free},
  {recipient::kie, data_class::content, tier::paid},
  {recipient::google, data_class::identity, std::nullopt},
  {recipient::google, data_class::identity, tier::free},
  {recipient::google, data_class::identity, tier::paid},
  {recipient::stripe, data_class::billing, std::nullopt},
  {recipient::stripe, data_class::billing, tier::free},
  {recipient::stripe, data_class::billing, tier::paid},
};

const egress_table table{{{recipient::kie, {"api.kie.example", "Files.KIE.example."}}, {recipient::google, {"", "."}}}};

} // namespace

BOOST_AUTO_TEST_CASE(THIRD_4_nothing_may_leave_but_what_the_rules_name) {
  for (const auto to : all_recipients)
    for (const auto what : all_classes)
      for (const auto of : all_owners) {
        BOOST_TEST_INFO(to_string(what) << " to " << to_string(to) << ", tier " << (of ? to_string(*of) : "unknown"));
        BOOST_TEST(may_disclose(to, what, of) == may_leave.contains({to, what, of}));
      }
}

BOOST_AUTO_TEST_CASE(THIRD_2_a_prompt_never_goes_to_the_provider_of_the_other_tier) {
  BOOST_TEST((provider_for(tier::free) == recipient::sub2api));
  BOOST_TEST((provider_for(tier::paid) == recipient::kie));
  BOOST_TEST(!may_disclose(provider_for(tier::free), data_class::content, tier::paid));
  BOOST_TEST(!may_disclose(provider_for(tier::paid), data_class::content, tier::free));
}

BOOST_AUTO_TEST_CASE(MAIL_1_and_THIRD_5_there_is_one_rule_per_recipient_and_none_for_mail_or_advertising) {
  BOOST_TEST(disclosure_rules().size() == all_recipients.size());
  std::set<recipient> named;
  for (const auto& rule : disclosure_rules()) {
    named.insert(rule.to);
    BOOST_TEST(!rule.purpose.empty());
    BOOST_TEST(!rule.clauses.empty());
    for (const std::string_view word : {"mail", "smtp", "advert", "analytics"})
      BOOST_TEST(to_string(rule.to).find(word) == std::string_view::npos);
  }
  BOOST_TEST(named.size() == all_recipients.size());
  BOOST_TEST(!may_disclose(static_cast<recipient>(99), data_class::content, tier::free));
}

BOOST_AUTO_TEST_CASE(a_host_is_allowed_by_its_whole_name_in_any_case_with_or_without_the_final_dot) {
  for (const std::string_view host : {"api.kie.example", "API.kie.Example", "api.kie.example.", "files.kie.example"})
    BOOST_TEST(allows(table, recipient::kie, host));
  for (const std::string_view host :
       {"", ".", "kie.example", "x.api.kie.example", "api.kie.example..", "api.kie.example:443", "api.kie.example ",
        "api.kie.example.evil.example", "api-kie.example", ".api.kie.example", "api.kie.exampl", "*"})
    BOOST_TEST(!allows(table, recipient::kie, host));
  BOOST_TEST(!allows(table, recipient::kie, std::string_view("api.kie.example\0", 16)));
}

BOOST_AUTO_TEST_CASE(a_host_belongs_to_its_own_recipient_only) {
  BOOST_TEST(!allows(table, recipient::sub2api, "api.kie.example"));
  BOOST_TEST(!allows({}, recipient::kie, "api.kie.example"));
}

BOOST_AUTO_TEST_CASE(an_empty_name_in_the_table_allows_nothing) {
  for (const std::string_view host : {"", ".", ".."})
    BOOST_TEST(!allows(table, recipient::google, host));
}

BOOST_AUTO_TEST_SUITE_END()
