#include "policies/cross_origin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

BOOST_AUTO_TEST_SUITE(cross_origin)

using namespace easel::policies;
using verdict = cross_origin_verdict;

namespace {

using field = std::optional<std::string_view>;

const std::vector<std::string> trusted{"https://studio.example", "https://www.studio.example:8443"};

verdict judge(std::string_view method, std::string_view host, field origin, field site) {
  return judge_cross_origin({method, host, origin, site}, trusted);
}

/// The rule of section 5.3 written a second time, by cases instead of in order.
bool should_pass(std::string_view method, std::string_view host, field origin, field site) {
  const bool writes = method != "GET" && method != "HEAD" && method != "OPTIONS";
  const bool is_trusted = origin == field("https://studio.example") || origin == field("HTTPS://Studio.Example")
                          || origin == field("https://www.studio.example:8443");
  const bool browser_says_own = site == field("same-origin") || site == field("none");
  const bool is_this_host = host == "easel.example"
                            && (origin == field("https://easel.example") || origin == field("http://easel.example")
                                || origin == field("https://EASEL.example"));
  return !writes || is_trusted || browser_says_own || (!site && is_this_host);
}

} // namespace

BOOST_AUTO_TEST_CASE(COOKIE_1_every_combination_of_what_browsers_say_is_judged_as_the_rule_says) {
  constexpr std::array methods{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "get", "", "BREW"};
  constexpr std::array hosts{"easel.example", "easel.example:8080", "other.example", ""};
  const std::array<field, 17> origins{field(),
                                      "https://easel.example",
                                      "http://easel.example",
                                      "https://EASEL.example",
                                      "https://easel.example:443",
                                      "https://easel.example.evil.example",
                                      "https://evil.example",
                                      "https://studio.example",
                                      "HTTPS://Studio.Example",
                                      "http://studio.example",
                                      "https://studio.example:443",
                                      "https://www.studio.example:8443",
                                      "https://studio.example, https://easel.example",
                                      "null",
                                      "",
                                      "https://",
                                      "easel.example"};
  const std::array<field, 9> sites{
    field(), "same-origin", "none", "same-site", "cross-site", "SAME-ORIGIN", "", "same-origin, same-origin", "future"};
  for (const auto* method : methods)
    for (const auto* host : hosts)
      for (const auto& origin : origins)
        for (const auto& site : sites) {
          const bool passes = allows(judge(method, host, origin, site));
          BOOST_TEST_INFO(method << ' ' << host << ", origin " << origin.value_or("-") << ", site "
                                 << site.value_or("-"));
          BOOST_TEST(passes == should_pass(method, host, origin, site));
        }
}

BOOST_AUTO_TEST_CASE(the_verdict_says_which_step_decided) {
  BOOST_TEST((judge("GET", "h", "https://evil.example", "cross-site") == verdict::harmless));
  BOOST_TEST((judge("POST", "h", "https://studio.example", "cross-site") == verdict::trusted_origin));
  BOOST_TEST((judge("POST", "h", "https://evil.example", "same-origin") == verdict::same_origin));
  BOOST_TEST((judge("POST", "h", "https://h", "same-site") == verdict::foreign_site));
  BOOST_TEST((judge("POST", "h", "https://h", std::nullopt) == verdict::same_host));
  BOOST_TEST((judge("POST", "h", "null", std::nullopt) == verdict::foreign_origin));
  BOOST_TEST((judge("POST", "h", std::nullopt, std::nullopt) == verdict::unmarked));
}

BOOST_AUTO_TEST_CASE(without_trusted_origins_none_is) {
  BOOST_TEST((judge_cross_origin({"POST", "h", "https://studio.example", "cross-site"}, {}) == verdict::foreign_site));
  BOOST_TEST((judge_cross_origin({"POST", "", "https://", std::nullopt}, {}) == verdict::foreign_origin));
}

BOOST_AUTO_TEST_CASE(each_verdict_has_a_name_of_its_own) {
  std::vector<std::string_view> names;
  for (const auto one : all_cross_origin_verdicts) {
    BOOST_TEST(to_string(one) != "unknown");
    BOOST_TEST((std::find(names.begin(), names.end(), to_string(one)) == names.end()));
    names.push_back(to_string(one));
  }
}

BOOST_AUTO_TEST_SUITE_END()
