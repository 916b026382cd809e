#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace credentials {

using namespace easel;
using namespace easel::tests;
using actors::credential;

namespace {

const std::string token(43, 'a');
const std::string cookie = "Cookie: __Host-sid=" + token + "\r\n";
const std::string own_page = "Sec-Fetch-Site: same-origin\r\n";
const std::string json_type = "Content-Type: application/json\r\n";
const std::string form_type = "Content-Type: application/x-www-form-urlencoded\r\n";

struct strict_fixture : server_fixture {
  strict_fixture() : server_fixture({}, trusting()) {}
  static server::listener_settings trusting() {
    server::listener_settings net;
    net.trusted_origins = {"https://studio.example"};
    return net;
  }
  bool nothing_came_through() {
    return front.creates.empty() && front.questions.empty() && front.watches.empty() && door.begins.empty()
           && door.confirmations.empty() && door.declines.empty() && door.sign_outs.empty() && door.looks.empty();
  }
};

/// Every write that a session may make, and every form.
const std::vector<std::array<std::string, 4>> writes = {
  {"POST", "/v1/images/generations", json_type, R"({"prompt":"x"})"},
  {"POST", "/v1/images/edits", json_type, "{}"},
  {"POST", "/v1/images/variations", json_type, "{}"},
  {"POST", "/v1/generations", json_type, R"({"prompt":"x"})"},
  {"POST", "/v1/generations/quote", json_type, R"({"prompt":"x"})"},
  {"DELETE", "/v1/generations/x", "", ""},
  {"PATCH", "/v1/account", json_type, R"({"name":"x"})"},
  {"POST", "/v1/account/tier", json_type, R"({"tier":"free"})"},
  {"POST", "/v1/account/keys", json_type, R"({"name":"x"})"},
  {"DELETE", "/v1/account/keys/x", "", ""},
  {"DELETE", "/v1/account/sessions", "", ""},
  {"DELETE", "/v1/account/sessions/x", "", ""},
  {"POST", "/sign-in", form_type, ""},
  {"POST", "/sign-in/confirm", form_type, "age=yes&terms=yes"},
  {"POST", "/sign-in/decline", form_type, ""},
  {"POST", "/sign-out", form_type, ""},
};

} // namespace

} // namespace credentials

BOOST_FIXTURE_TEST_SUITE(credentials, strict_fixture)

BOOST_AUTO_TEST_CASE(COOKIE_1_no_page_of_another_site_makes_a_browser_write) {
  const std::vector<std::string> foreign = {
    "Sec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-site\r\n",
    "Origin: https://evil.example\r\n",
    "Origin: null\r\n",
    "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n",
    "Origin: https://studio.example\r\nOrigin: https://evil.example\r\n",
    "", // says nothing of where it comes from
  };
  for (const auto& [method, target, type, body] : writes)
    for (const auto& from : foreign) {
      const auto got = exchange(request_text(method, target, cookie + type + from, body));
      BOOST_TEST_CONTEXT(method << ' ' << target << ' ' << from) {
        BOOST_TEST(got.status == 403);
        if (got.header("content-type").find("json") != std::string::npos) {
          const auto error = json::parse(got.body);
          BOOST_TEST((error.contains("error") ? error["error"]["code"] : error["code"]) == "cross_origin");
        } else {
          BOOST_TEST(got.header("content-type") == "text/html; charset=utf-8");
        }
      }
    }
  BOOST_TEST(nothing_came_through());
}

BOOST_AUTO_TEST_CASE(our_own_pages_and_trusted_origins_write_with_the_session) {
  for (const std::string& from :
       {own_page, std::string("Sec-Fetch-Site: none\r\n"), std::string("Origin: http://test\r\n"),
        std::string("Origin: https://studio.example\r\nSec-Fetch-Site: cross-site\r\n")}) {
    auto client = connect();
    client.send(request_text("POST", "/v1/generations", cookie + json_type + from, R"({"prompt":"x"})"));
    auto call = front.creates.take();
    BOOST_TEST((call.who.is == credential::kind::session));
    BOOST_TEST(call.who.secret.reveal() == token);
    call.watcher->refused({});
    BOOST_TEST(client.read().status == 500);
  }
}

BOOST_AUTO_TEST_CASE(reading_with_the_session_needs_no_word_of_where_it_comes_from) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", cookie));
  auto question = front.questions.take();
  BOOST_TEST((question.who.is == credential::kind::session));
  BOOST_TEST(question.who.secret.reveal() == token);
  question.reply(actors::query_answer(actors::account_answer{}));
  BOOST_TEST(client.read().status == 200);
}

BOOST_AUTO_TEST_CASE(with_a_key_and_a_cookie_the_key_speaks_and_the_cookie_is_not_even_read) {
  for (const std::string& sent :
       {cookie, cookie + "Cookie: __Host-sid=x\r\n", std::string("Cookie: __Host-sid=a; __Host-sid=b\r\n")}) {
    auto client = connect();
    client.send(request_text("POST", "/v1/generations",
                             std::string(json_bearer) + sent + "Sec-Fetch-Site: cross-site\r\n", R"({"prompt":"x"})"));
    auto call = front.creates.take();
    BOOST_TEST((call.who.is == credential::kind::api_key));
    BOOST_TEST(call.who.secret.reveal() == "esl_test");
    call.watcher->refused({});
    client.read();
  }
}

BOOST_AUTO_TEST_CASE(an_authorization_that_is_no_key_does_not_fall_back_to_the_cookie) {
  const auto got = exchange(request_text("GET", "/v1/account", cookie + "Authorization: Basic YTpi\r\n"));
  BOOST_TEST(got.status == 401);
  BOOST_TEST(json::parse(got.body)["code"] == "invalid_api_key");
  BOOST_TEST(front.questions.empty());
}

BOOST_AUTO_TEST_CASE(bearer_failures_are_told_as_rfc_6750_says) {
  const auto challenge = [&](std::string_view fields) {
    const auto got = exchange(request_text("GET", "/v1/account", fields));
    return std::to_string(got.status) + ' ' + got.header("www-authenticate");
  };
  BOOST_TEST(challenge("") == "401 Bearer realm=\"easel\"");
  BOOST_TEST(challenge("Authorization: Basic YTpi\r\n") == "401 Bearer realm=\"easel\"");
  const std::string malformed = "400 Bearer realm=\"easel\", error=\"invalid_request\"";
  BOOST_TEST(challenge("Authorization: Bearer\r\n") == malformed);
  BOOST_TEST(challenge("Authorization: Bearer a b\r\n") == malformed);
  BOOST_TEST(challenge("Authorization: Bearer \"a\"\r\n") == malformed);
  BOOST_TEST(challenge("Authorization: Bearer " + std::string(513, 'a') + "\r\n") == malformed);
  BOOST_TEST(challenge("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n") == malformed);

  const auto told = [&](actors::refusal::why reason) {
    auto client = connect();
    client.send(request_text("GET", "/v1/account", bearer));
    front.questions.take().reply(easel::unexpected(actors::refusal{reason, {}, {}}));
    const auto got = client.read();
    return std::to_string(got.status) + ' ' + got.header("www-authenticate");
  };
  using why = actors::refusal::why;
  BOOST_TEST(told(why::invalid_key) == "401 Bearer realm=\"easel\", error=\"invalid_token\"");
  BOOST_TEST(told(why::session_required) == "403 Bearer realm=\"easel\", error=\"insufficient_scope\"");
  BOOST_TEST(told(why::not_signed_in) == "401 Bearer realm=\"easel\"");
}

BOOST_AUTO_TEST_CASE(a_person_is_told_where_to_sign_in) {
  for (const auto reason : {actors::refusal::why::not_signed_in, actors::refusal::why::recent_sign_in_required,
                            actors::refusal::why::session_required}) {
    auto client = connect();
    client.send(request_text("GET", "/v1/account", cookie));
    front.questions.take().reply(easel::unexpected(actors::refusal{reason, {}, {}}));
    BOOST_TEST(json::parse(client.read().body)["remedy"] == "/sign-in");
  }
}

BOOST_AUTO_TEST_CASE(cookies_that_cannot_be_believed_are_refused) {
  for (const std::string& fields : {std::string("Cookie: __Host-sid=a; __Host-sid=a\r\n"),
                                    std::string("Cookie: __Host-sid=a\r\ncookie: __Host-sid=b\r\n"), "Cookie: " + [] {
                                      std::string many;
                                      for (int i = 0; i < 65; ++i)
                                        many += "a=b; ";
                                      return many;
                                    }() + "\r\n"}) {
    const auto read = exchange(request_text("GET", "/v1/account", fields));
    BOOST_TEST(read.status == 400);
    BOOST_TEST(json::parse(read.body)["code"] == "invalid_cookie");
    const auto write = exchange(request_text("DELETE", "/v1/account/sessions", fields + own_page));
    BOOST_TEST(write.status == 400);
  }
  BOOST_TEST(nothing_came_through());
}

BOOST_AUTO_TEST_CASE(cookies_of_others_name_nobody) {
  const auto got = exchange(request_text("GET", "/v1/account", "Cookie: sid=x; __host-sid=y; __Host-lang=de\r\n"));
  BOOST_TEST(got.status == 401);
  BOOST_TEST(json::parse(got.body)["code"] == "invalid_api_key");
}

BOOST_AUTO_TEST_SUITE_END()
