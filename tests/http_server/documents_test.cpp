#include "http/server/pages/documents.hpp"
#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/texts.hpp"
#include "policies/documents.hpp"
#include "policies/egress.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

namespace documents {

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

server::api_settings with_facts() {
  server::api_settings api;
  auto& facts = api.documents;
  facts.retention.content = 24h * 12;
  facts.retention.access_log = 24h * 6 + 1h;
  facts.retention.sign_in = 7min;
  facts.retention.session = 24h * 17;
  facts.retention.privacy_request = 24h * 365 * 2;
  facts.retention.erased_subject = 24h * 19;
  facts.strikes.cooldown_after = 41;
  facts.strikes.cooldown_for = 42min;
  facts.strikes.suspend_after = 43;
  facts.daily_allowance = credits::unchecked(44);
  return api;
}

struct fixture : server_fixture {
  fixture() : server_fixture(with_facts()) {}

  std::string text_of(std::string_view path, std::string_view language = "en") {
    const auto got = exchange(request_text(
      "GET", path, "Accept: text/html\r\nSec-Fetch-Site: none\r\nAccept-Language: " + std::string(language) + "\r\n"));
    BOOST_REQUIRE_EQUAL(got.status, 200);
    return got.body;
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

} // namespace documents

BOOST_FIXTURE_TEST_SUITE(documents, fixture)

BOOST_AUTO_TEST_CASE(CHANGE_1_are_there_for_everybody_in_every_language_with_the_day_of_their_last_change) {
  static const std::regex day("20[0-9]{2}-[01][0-9]-[0-3][0-9]");
  for (const auto& edition : policies::documents_in_force()) {
    BOOST_TEST(std::regex_match(std::string(edition.updated), day), edition.path);
    for (const auto language : server::languages) {
      const auto page = text_of(edition.path, language);
      BOOST_TEST_CONTEXT(edition.path << ' ' << language) {
        BOOST_TEST(has(page, edition.updated));
        BOOST_TEST(has(page, "<html lang=\"" + std::string(language) + "\">"));
        BOOST_TEST(!std::regex_search(page, std::regex("[{}]|<script|<style| style=")));
        for (const auto& other : policies::documents_in_force())
          BOOST_TEST(has(page, "href=\"" + std::string(other.path) + "\""));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(state_the_numbers_that_are_enforced) {
  for (const auto language : server::languages) {
    const auto privacy = text_of("/privacy", language);
    for (const auto* number : {"12", "7", "17"})
      BOOST_TEST(std::regex_search(privacy, std::regex("[^0-9]" + std::string(number) + " ")), language << number);
    BOOST_TEST(has(text_of("/terms", language), "44 "));
    const auto use = text_of("/acceptable-use", language);
    for (const auto* number : {"41", "42", "43"})
      BOOST_TEST(has(use, number), language << number);
    const auto cookies = text_of("/cookies", language);
    BOOST_TEST(has(cookies, server::session_cookie));
    BOOST_TEST(has(cookies, server::language_cookie));
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_3_the_account_page_says_how_long_what_stays_stays) {
  static constexpr const char* english[] = {"for 2 years that", "for 19 days a hash"};
  static constexpr const char* german[] = {"2 Jahre lang, dass", "19 Tage lang ein Hash"};
  for (const std::string language : {"en", "de"}) {
    const auto got = exchange(
      request_text("GET", "/account",
                   "Accept: text/html\r\nSec-Fetch-Site: none\r\nCookie: " + std::string(server::session_cookie)
                     + "=nobody\r\nAccept-Language: " + language + "\r\n"));
    BOOST_REQUIRE_EQUAL(got.status, 200);
    for (const auto* span : language == "en" ? english : german)
      BOOST_TEST(has(got.body, span), span);
  }
}

BOOST_AUTO_TEST_CASE(state_a_window_never_shorter_than_it_is) {
  const auto values = server::values_of(with_facts().documents);
  BOOST_TEST(values.at("access_days") == "7"); // six days and an hour
}

BOOST_AUTO_TEST_CASE(THIRD_4_name_every_recipient_that_is_declared_and_no_other) {
  std::set<std::string> declared;
  for (const auto& rule : policies::disclosure_rules())
    declared.insert(std::string(to_string(rule.to)));
  for (const auto& file : server::embedded_files()) {
    const bool is_page = file.path == "pages/privacy.html";
    if (!is_page && file.path.substr(0, 6) != "texts/")
      continue;
    static const std::regex name("privacy\\.recipient\\.(\\w+?)(_gets)?[\"}]");
    const std::string text(file.text);
    std::set<std::string> named;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), name); it != std::sregex_iterator(); ++it)
      named.insert((*it)[1]);
    BOOST_TEST(named == declared, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
