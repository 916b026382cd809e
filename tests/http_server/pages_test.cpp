#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/pages.hpp"
#include "http/server/pages/texts.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

using namespace easel;
using namespace easel::tests;

namespace {

constexpr std::string_view browser =
  "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Site: same-origin\r\n";

std::string as_browser(std::string_view more = {}) { return std::string(browser) + std::string(more); }

std::string form_head(std::string_view more = {}) {
  return as_browser("Content-Type: application/x-www-form-urlencoded\r\n") + std::string(more);
}

server::text_catalogue catalogue(std::string_view tag) {
  for (const auto& file : server::embedded_files())
    if (file.path == "texts/" + std::string(tag) + ".json")
      return server::text_catalogue(file.text);
  throw std::runtime_error("no texts in " + std::string(tag));
}

std::multiset<std::string> placeholders(const std::string& text) {
  static const std::regex one("\\{(\\w+)\\}");
  return {std::sregex_token_iterator(text.begin(), text.end(), one), {}};
}

std::string asset(std::string_view name) {
  return "/assets/" + std::string(server::embedded_version()) + "/" + std::string(name);
}

/// What a page asks a browser to load, or to send a form to.
std::vector<std::string> references(const std::string& html) {
  static const std::regex one("(?:src|href|action)=\"([^\"]*)\"");
  return {std::sregex_token_iterator(html.begin(), html.end(), one, 1), {}};
}

const std::vector<std::string> studio_pages = {"/", "/account"};

} // namespace

BOOST_AUTO_TEST_SUITE(page_texts)

BOOST_AUTO_TEST_CASE(every_language_has_the_same_texts_with_the_same_values) {
  const auto english = catalogue("en").all();
  for (const auto tag : server::languages) {
    const auto other = catalogue(tag).all();
    for (const auto& [key, text] : english) {
      const auto found = other.find(key);
      BOOST_REQUIRE_MESSAGE(found != other.end(), tag << " lacks " << key);
      BOOST_TEST(!found->second.empty(), tag << ' ' << key);
      BOOST_TEST((placeholders(found->second) == placeholders(text)), tag << ' ' << key);
    }
    BOOST_TEST(other.size() == english.size(), tag);
  }
}

BOOST_AUTO_TEST_CASE(every_text_that_a_script_names_exists) {
  static const std::regex call("text\\('([\\w.]+)'");
  const auto english = catalogue("en");
  for (const auto& file : server::embedded_files()) {
    const std::string source(file.text);
    for (auto it = std::sregex_iterator(source.begin(), source.end(), call); it != std::sregex_iterator(); ++it) {
      const std::string key = (*it)[1];
      BOOST_TEST((english.find(key) || (english.find(key + ".one") && english.find(key + ".other"))),
                 file.path << ' ' << key);
    }
  }
}

BOOST_AUTO_TEST_CASE(whatever_happens_to_a_generation_has_a_text) {
  const auto english = catalogue("en");
  for (const auto state : {generation_state::accepted, generation_state::queued, generation_state::dispatched,
                           generation_state::failed, generation_state::blocked, generation_state::cancelled})
    BOOST_TEST(english.find("state." + std::string(to_string(state))).has_value(), to_string(state));
  for (int i = static_cast<int>(failure::none) + 1; to_string(static_cast<failure>(i)) != "unknown"; ++i)
    BOOST_TEST(english.find("failure." + std::string(to_string(static_cast<failure>(i)))).has_value(),
               to_string(static_cast<failure>(i)));
}

BOOST_AUTO_TEST_CASE(a_form_leads_back_into_this_site_only) {
  for (const std::string_view path : {"/", "/account", "/sign-in/confirm"})
    BOOST_TEST(server::local_path(path) == path);
  for (const std::string_view path :
       {"", "account", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/\r\nX: y", "/\xc3\xa4"})
    BOOST_TEST(server::local_path(path) == "/", path);
  BOOST_TEST(server::local_path("/" + std::string(600, 'a')) == "/");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(pages, server_fixture)

BOOST_AUTO_TEST_CASE(load_nothing_from_anybody_else_and_run_nothing_inline) {
  for (const auto& path : studio_pages)
    for (const auto tag : server::languages) {
      const auto got = exchange(
        request_text("GET", path, as_browser("Cookie: __Host-sid=x; __Host-lang=" + std::string(tag) + "\r\n")));
      BOOST_TEST_CONTEXT(path << ' ' << tag) {
        BOOST_TEST(got.status == 200);
        BOOST_TEST(got.header("content-type") == "text/html; charset=utf-8");
        BOOST_TEST(got.header("content-language") == tag);
        BOOST_TEST(got.header("cache-control") == "private, no-store");
        BOOST_TEST(got.header("x-content-type-options") == "nosniff");
        BOOST_TEST(got.header("referrer-policy") == "same-origin");
        BOOST_TEST(got.headers.count("referrer-policy") == 1);
        BOOST_TEST(
          got.header("content-security-policy")
          == "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob:; object-src 'none'; "
             "base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
        BOOST_TEST(got.headers.count("set-cookie") == 0);
        BOOST_TEST(got.body.find("<html lang=\"" + std::string(tag) + "\">") != std::string::npos);
        BOOST_TEST(!std::regex_search(
          got.body,
          std::regex("<script(?! type=\"module\" src=\"/assets/)|<style| style=| on\\w+=|javascript:|\\{\\{")));
        for (const auto& target : references(got.body))
          BOOST_TEST((target.front() == '#' || target == server::local_path(target)), target);
      }
    }
}

BOOST_AUTO_TEST_CASE(name_only_assets_that_are_there) {
  const auto got = exchange(request_text("GET", "/", as_browser("Cookie: __Host-sid=x\r\n")));
  int assets = 0;
  for (const auto& target : references(got.body)) {
    if (target.substr(0, 8) != "/assets/")
      continue;
    ++assets;
    BOOST_TEST(exchange(request_text("GET", target)).status == 200, target);
  }
  BOOST_TEST(assets > 5);
}

BOOST_AUTO_TEST_CASE(send_whoever_brings_no_session_to_the_sign_in) {
  for (const auto& path : studio_pages) {
    const auto got = exchange(request_text("GET", path, as_browser("Cookie: __Host-lang=de\r\n")));
    BOOST_TEST(got.status == 303);
    BOOST_TEST(got.header("location") == "/sign-in");
  }
}

BOOST_AUTO_TEST_CASE(are_chosen_in_a_language_by_a_form_that_works_without_script) {
  const auto got = exchange(request_text("POST", "/language", form_head(), "language=de&return_to=%2Faccount"));
  BOOST_TEST(got.status == 303);
  BOOST_TEST(got.header("location") == "/account");
  BOOST_TEST(got.header("set-cookie") == server::keep_language("de").value());
  const auto elsewhere =
    exchange(request_text("POST", "/language", form_head(), "language=en&return_to=https%3A%2F%2Fevil.example"));
  BOOST_TEST(elsewhere.header("location") == "/");
  for (const std::string_view body : {"", "language=fr", "language=", "language=de&language=en", "language=%zz"}) {
    const auto refused = exchange(request_text("POST", "/language", form_head(), body));
    BOOST_TEST(refused.status == 400, body);
    BOOST_TEST(refused.headers.count("set-cookie") == 0);
  }
}

BOOST_AUTO_TEST_CASE(tell_a_person_what_is_wrong_in_their_language_and_a_program_in_json) {
  const auto person = exchange(request_text("GET", "/nope", as_browser("Accept-Language: de-AT\r\n")));
  BOOST_TEST(person.status == 404);
  BOOST_TEST(person.header("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(person.body.find(*catalogue("de").find("problem.404.title")) != std::string::npos);
  BOOST_TEST(person.body.find(person.header("x-request-id")) != std::string::npos);
  const auto program = exchange(request_text("GET", "/nope"));
  BOOST_TEST(json::parse(program.body)["code"] == "not_found");
  const auto api = exchange(request_text("GET", "/v1/nope", as_browser()));
  BOOST_TEST(json::parse(api.body)["error"]["code"] == "not_found");
  const auto method = exchange(request_text("GET", "/language", as_browser()));
  BOOST_TEST(method.status == 405);
  BOOST_TEST(method.header("allow") == "POST, OPTIONS");
  BOOST_TEST(method.header("content-type") == "text/html; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(never_show_what_was_sent_as_markup) {
  const auto got = exchange(request_text("GET", "/%3Cscript%3E'\"", as_browser()));
  BOOST_TEST(got.status == 404);
  BOOST_TEST(got.body.find("'\"") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(assets, server_fixture)

BOOST_AUTO_TEST_CASE(are_kept_for_ever_at_an_address_that_changes_with_them) {
  const std::vector<std::pair<std::string, std::string>> rows = {
    {"style.css", "text/css; charset=utf-8"},
    {"create.mjs", "text/javascript; charset=utf-8"},
    {"mark.svg", "image/svg+xml"},
    {"de.json", "application/json"},
  };
  for (const auto& [name, type] : rows) {
    const auto got = exchange(request_text("GET", asset(name)));
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(got.status == 200);
      BOOST_TEST(got.header("content-type") == type);
      BOOST_TEST(got.header("cache-control") == "public, max-age=31536000, immutable");
      BOOST_TEST(!got.body.empty());
      BOOST_TEST(
        exchange(request_text("GET", asset(name), "If-None-Match: " + got.header("etag") + "\r\n"), true).status
        == 304);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_another_version_are_given_but_kept_by_nobody) {
  const auto got = exchange(request_text("GET", "/assets/0123456789abcdef/style.css"));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(are_the_files_that_are_meant_and_no_others) {
  for (const std::string_view name :
       {"none.css", "create.html", "_head.html", "..%2Fpages%2Fcreate.html", "texts%2Fde.json"})
    BOOST_TEST(exchange(request_text("GET", asset(name))).status == 404, name);
}

BOOST_AUTO_TEST_SUITE_END()
