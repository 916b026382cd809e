#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/texts.hpp"
#include "policies/documents.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace notices {

using namespace easel;
using namespace easel::tests;

namespace {

const std::string cookie = "Cookie: __Host-sid=" + std::string(43, 'a');
const std::string in_person = cookie + "\r\nSec-Fetch-Site: same-origin\r\n";
const std::string json_in_person = in_person + "Content-Type: application/json\r\n";
const std::string browser = in_person + "Accept: text/html\r\n";
const std::string form = browser + "Content-Type: application/x-www-form-urlencoded\r\n";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string text_of(std::string_view tag, std::string_view key) {
  for (const auto& file : server::embedded_files())
    if (file.path == "texts/" + std::string(tag) + ".json")
      return std::string(server::text_catalogue(file.text).find(key).value_or(""));
  return {};
}

/// Somebody who has acknowledged nothing is told of every change that there was.
actors::notices_answer everything() {
  return {policies::open_notices({}, policies::documents_in_force(), policies::material_changes())};
}

struct fixture : server_fixture {
  fixture() { front.asks_for_notices = true; }

  raw_response
  asked(const std::string& request,
        const std::function<expected<actors::query_answer, actors::refusal>(const actors::query&)>& reply) {
    auto client = connect();
    client.send(request);
    auto question = front.questions.take();
    question.reply(reply(question.what));
    return client.read();
  }
  raw_response told(const std::string& request, actors::notices_answer answer) {
    return asked(request, [&](const auto& what) {
      BOOST_TEST(std::holds_alternative<actors::find_notices>(what));
      return expected<actors::query_answer, actors::refusal>(answer);
    });
  }

  policies::material_change latest = policies::material_changes().back();
  std::string document{to_string(latest.what)};
  std::string version{policies::edition_in_force(latest.what).updated};
  std::string text_key = "notice." + document + '.' + std::string(latest.version);
};

} // namespace

} // namespace notices

BOOST_FIXTURE_TEST_SUITE(notices, fixture)

BOOST_AUTO_TEST_CASE(CHANGE_1_every_change_has_its_sentence_in_every_language) {
  for (const auto& change : policies::material_changes())
    for (const auto tag : server::languages) {
      const auto text =
        text_of(tag, "notice." + std::string(to_string(change.what)) + '.' + std::string(change.version));
      BOOST_TEST(!text.empty(), tag << ' ' << to_string(change.what) << ' ' << change.version);
      BOOST_TEST(!has(text, "{"));
    }
}

BOOST_AUTO_TEST_CASE(CHANGE_1_every_page_of_somebody_signed_in_shows_it_until_acknowledged) {
  for (const std::string path : {"/", "/account"})
    for (const auto tag : server::languages) {
      const auto request = request_text("GET", path, browser + "Accept-Language: " + std::string(tag) + "\r\n");
      const auto open = told(request, everything());
      BOOST_TEST_CONTEXT(path << ' ' << tag) {
        BOOST_TEST(open.status == 200);
        BOOST_TEST(has(open.body, text_of(tag, text_key)));
        BOOST_TEST(has(open.body, "<form method=\"post\" action=\"/notices\">"));
        BOOST_TEST(has(open.body, "name=\"document\" value=\"" + document + '"'));
        BOOST_TEST(has(open.body, "name=\"version\" value=\"" + version + '"'));
        BOOST_TEST(has(open.body, "name=\"return_to\" value=\"" + path + '"'));
        const auto none = told(request, {});
        BOOST_TEST(none.status == 200);
        BOOST_TEST(!has(none.body, "/notices"));
      }
    }
}

BOOST_AUTO_TEST_CASE(of_several_notices_the_first_is_shown) {
  auto all = everything();
  all.open.push_back({policies::edition_in_force(policies::document::cookies), all.open.front().changes});
  const auto page = told(request_text("GET", "/", browser), all);
  BOOST_TEST(has(page.body, "value=\"" + document + '"'));
  BOOST_TEST(!has(page.body, "value=\"cookies\""));
}

BOOST_AUTO_TEST_CASE(a_page_is_sent_without_it_when_nobody_can_say) {
  for (const auto why : {actors::refusal::why::store_unavailable, actors::refusal::why::not_signed_in,
                         actors::refusal::why::too_many_requests}) {
    const auto page = asked(request_text("GET", "/account", browser), [&](const auto&) {
      return expected<actors::query_answer, actors::refusal>(
        easel::unexpected(actors::refusal{why, std::nullopt, std::nullopt}));
    });
    BOOST_TEST(page.status == 200);
    BOOST_TEST(!has(page.body, "/notices"));
  }
}

BOOST_AUTO_TEST_CASE(CHANGE_1_the_form_acknowledges_and_leads_back) {
  const auto body = "document=" + document + "&version=" + version + "&return_to=%2Faccount";
  const auto got = asked(request_text("POST", "/notices", form, body), [&](const auto& what) {
    const auto& given = std::get<actors::acknowledge>(what).what;
    BOOST_TEST((given == policies::acknowledgement{latest.what, version}));
    return expected<actors::query_answer, actors::refusal>(actors::notices_answer{});
  });
  BOOST_TEST(got.status == 303);
  BOOST_TEST(got.header("location") == "/account");
}

BOOST_AUTO_TEST_CASE(a_form_with_a_mistake_or_from_elsewhere_acknowledges_nothing) {
  const auto good = "document=" + document + "&version=" + version;
  for (const auto& body : {std::string(), "document=" + document, std::string("document=imprint&version=" + version),
                           "document=" + document + "&version=2020-01-01", good + "&more=1", good + "&version=x"})
    BOOST_TEST(exchange(request_text("POST", "/notices", form, body)).status == 400, body);
  const auto elsewhere =
    cookie + "\r\nSec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\n";
  BOOST_TEST(exchange(request_text("POST", "/notices", elsewhere, good)).status == 403);
  BOOST_TEST(front.questions.empty());
}

BOOST_AUTO_TEST_CASE(CHANGE_1_the_api_lists_what_is_open_in_the_language_of_whoever_asks) {
  for (const auto tag : server::languages) {
    const auto got = told(
      request_text("GET", "/v1/account/notices", std::string(bearer) + "Accept-Language: " + std::string(tag) + "\r\n"),
      everything());
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.header("content-language") == tag);
    const auto body = json::parse(got.body);
    BOOST_TEST(body["object"] == "list");
    bool found = false;
    for (const auto& notice : body["data"]) {
      found = found || notice["document"] == document;
      if (notice["document"] != document)
        continue;
      BOOST_TEST(notice["object"] == "notice");
      BOOST_TEST(notice["version"] == version);
      BOOST_TEST(notice["url"] == policies::edition_in_force(latest.what).path);
      BOOST_TEST(has(notice["summary"].get<std::string>(), text_of(tag, text_key)));
    }
    BOOST_TEST(found);
  }
  BOOST_TEST(json::parse(told(request_text("GET", "/v1/account/notices", bearer), {}).body)["data"].empty());
}

BOOST_AUTO_TEST_CASE(CHANGE_1_the_api_acknowledges_and_answers_with_what_is_left) {
  const auto body = json{{"document", document}, {"version", version}}.dump();
  const auto got = asked(request_text("POST", "/v1/account/notices", json_in_person, body), [&](const auto& what) {
    BOOST_TEST((std::get<actors::acknowledge>(what).what == policies::acknowledgement{latest.what, version}));
    return expected<actors::query_answer, actors::refusal>(actors::notices_answer{});
  });
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["data"].empty());
}

BOOST_AUTO_TEST_CASE(mistakes_name_the_field_and_its_bound) {
  struct row {
    std::string body, code, field, detail;
  };
  const std::vector<row> rows = {
    {"{}", "missing_required_parameter", "document", ""},
    {R"({"document":"privacy"})", "missing_required_parameter", "version", ""},
    {R"({"document":"imprint","version":"2026-11-26"})", "invalid_value", "document", "`privacy`, `terms`"},
    {R"({"document":")" + document + R"(","version":"2999-01-01"})", "invalid_value", "version", version},
    {R"({"document":")" + document + R"(","version":"latest"})", "invalid_value", "version", version},
    {R"({"document":7,"version":"2026-11-26"})", "invalid_value", "document", ""},
    {R"({"document":"privacy","version":"2026-11-26","really":true})", "unknown_parameter", "really", ""},
  };
  for (const auto& row : rows) {
    const auto got = exchange(request_text("POST", "/v1/account/notices", json_in_person, row.body));
    BOOST_TEST_CONTEXT(row.body) {
      BOOST_TEST(got.status == 400);
      const auto problem = json::parse(got.body);
      BOOST_TEST(problem["code"] == row.code);
      BOOST_TEST(problem.value("field", "") == row.field);
      BOOST_TEST(has(problem["detail"].get<std::string>(), row.detail));
    }
  }
  BOOST_TEST(exchange(request_text("GET", "/v1/account/notices?limit=1", bearer)).status == 400);
  BOOST_TEST(exchange(request_text("GET", "/v1/account/notices")).status == 401);
  BOOST_TEST(exchange(request_text("POST", "/v1/account/notices", "", "{")).status == 401);
  BOOST_TEST(front.questions.empty());
}

BOOST_AUTO_TEST_SUITE_END()
