#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace native_person {

using namespace easel;
using namespace easel::tests;

namespace {

const std::string in_person = "Cookie: __Host-sid=" + std::string(43, 'a') + "\r\nSec-Fetch-Site: same-origin\r\n";
const std::string json_in_person = in_person + "Content-Type: application/json\r\n";

template <class Id>
Id some_id(std::uint8_t n) {
  Id id;
  id.value.bytes = {1, 0x9a, 0xb0, 0, 0, n, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n};
  return id;
}

instant at(int seconds) { return instant(std::chrono::seconds(1'795'000'000 + seconds)); }

persistence::key_row sample_key() {
  persistence::key_row key;
  key.id = some_id<key_id>(3);
  key.name = "My script";
  key.hint = "wxyz";
  key.created_at = at(0);
  key.expires_at = at(60);
  key.monthly_cap = credits::unchecked(500);
  key.used_this_month = credits::unchecked(12);
  return key;
}

struct person_fixture : server_fixture {
  /// Sends one request, lets `reply` answer the question that comes of it, and gives back the answer.
  raw_response asked(const std::string& request,
                     const std::function<actors::query_answer(const actors::query&)>& reply) {
    auto client = connect();
    client.send(request);
    auto question = front.questions.take();
    question.reply(reply(question.what));
    return client.read();
  }
};

} // namespace

} // namespace native_person

BOOST_FIXTURE_TEST_SUITE(native_person, person_fixture)

BOOST_AUTO_TEST_CASE(name_and_address_are_shown_where_the_answer_holds_them) {
  actors::account_answer account;
  const auto body =
    json::parse(asked(request_text("GET", "/v1/account", bearer), [&](const auto&) { return account; }).body);
  BOOST_TEST(!body.contains("name"));
  BOOST_TEST(!body.contains("email"));
  account.person.emplace();
  account.person->name = secret_text("Ada");
  account.person->email = secret_text("ada@example.com");
  account.person->subject = secret_text("canary");
  const auto text = asked(request_text("GET", "/v1/account", in_person), [&](const auto&) { return account; }).body;
  BOOST_TEST(json::parse(text)["name"] == "Ada");
  BOOST_TEST(json::parse(text)["email"] == "ada@example.com");
  BOOST_TEST(text.find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(RIGHT_2_the_name_is_changed) {
  actors::account_answer account;
  account.person.emplace().name = secret_text("Ada K.");
  const auto got =
    asked(request_text("PATCH", "/v1/account", json_in_person, R"({"name":"Ada K."})"), [&](const auto& what) {
      BOOST_TEST(std::get<actors::rename>(what).name.reveal() == "Ada K.");
      return account;
    });
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["name"] == "Ada K.");
}

BOOST_AUTO_TEST_CASE(THIRD_1_the_switch_of_tier_names_the_new_recipient) {
  const auto got =
    asked(request_text("POST", "/v1/account/tier", json_in_person, R"({"tier":"free"})"), [&](const auto& what) {
      BOOST_TEST((std::get<actors::switch_tier>(what).to == tier::free));
      return actors::tier_answer{tier::free, recipient::sub2api};
    });
  const auto body = json::parse(got.body);
  BOOST_TEST(body["tier"] == "free");
  BOOST_TEST(body["recipient"] == "sub2api");
}

BOOST_AUTO_TEST_CASE(keys_are_listed_made_and_revoked) {
  auto body = json::parse(asked(request_text("GET", "/v1/account/keys", in_person), [](const auto&) {
                            return actors::keys_answer{{sample_key()}};
                          }).body);
  BOOST_TEST(body["object"] == "list");
  const auto& listed = body["data"][0];
  BOOST_TEST(listed["name"] == "My script");
  BOOST_TEST(listed["hint"] == "wxyz");
  BOOST_TEST(listed["expires_at"] == to_string(at(60)));
  BOOST_TEST(listed["monthly_cap"] == 500);
  BOOST_TEST(listed["used_this_month"] == 12);
  BOOST_TEST(!listed.contains("key"));
  const auto endless = asked(request_text("GET", "/v1/account/keys", in_person), [](const auto&) {
    auto key = sample_key();
    key.monthly_cap.reset();
    return actors::keys_answer{{key}};
  });
  BOOST_TEST(json::parse(endless.body)["data"][0]["monthly_cap"].is_null());
  BOOST_TEST(json::parse(endless.body)["data"][0]["used_this_month"].is_null());

  const auto made = asked(request_text("POST", "/v1/account/keys", json_in_person,
                                       R"({"name":"My script","expires_at":"2027-01-31T12:00:00.5Z",)"
                                       R"("monthly_cap":1000000000})"),
                          [](const auto& what) {
                            const auto& wanted = std::get<actors::make_key>(what);
                            BOOST_TEST(wanted.name == "My script");
                            BOOST_TEST(wanted.monthly_cap.value().value() == 1'000'000'000);
                            BOOST_TEST(to_string(wanted.expires_at.value()) == "2027-01-31T12:00:00.500Z");
                            return actors::made_key{sample_key(), secret_text("esl_secret")};
                          });
  BOOST_TEST(made.status == 201);
  BOOST_TEST(made.header("location") == "/v1/account/keys/" + to_string(sample_key().id));
  BOOST_TEST(made.header("cache-control") == "private, no-store");
  BOOST_TEST(json::parse(made.body)["key"] == "esl_secret");

  const auto id = to_string(sample_key().id);
  body = json::parse(asked(request_text("DELETE", "/v1/account/keys/" + id, in_person), [](const auto& what) {
                       return actors::revoked_key{std::get<actors::revoke_key>(what).id};
                     }).body);
  BOOST_TEST(body["id"] == id);
  BOOST_TEST(body["revoked"] == true);
}

BOOST_AUTO_TEST_CASE(sessions_are_listed_with_the_one_that_asks_marked) {
  actors::sessions_answer sessions;
  for (const std::uint8_t n : {1, 2}) {
    persistence::session_row row;
    row.id = some_id<session_id>(n);
    row.device = "Firefox on Linux";
    row.authenticated_at = at(n);
    sessions.sessions.push_back(row);
  }
  sessions.current = some_id<session_id>(2);
  const auto body = json::parse(
    asked(request_text("GET", "/v1/account/sessions", in_person), [&](const auto&) { return sessions; }).body);
  BOOST_TEST(body["data"][0]["current"] == false);
  BOOST_TEST(body["data"][1]["current"] == true);
  BOOST_TEST(body["data"][1]["device"] == "Firefox on Linux");
  BOOST_TEST(body["data"][1]["signed_in_at"] == to_string(at(2)));
}

BOOST_AUTO_TEST_CASE(ending_the_own_session_takes_the_cookie_away_and_ending_another_does_not) {
  const auto target = "/v1/account/sessions/" + to_string(some_id<session_id>(1));
  auto got = asked(request_text("DELETE", target, in_person), [](const auto&) {
    return actors::ended_sessions{1, false};
  });
  BOOST_TEST(got.header("set-cookie").empty());
  got = asked(request_text("DELETE", target, in_person), [](const auto&) { return actors::ended_sessions{1, true}; });
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=; Max-Age=0;") == 0u);

  got = asked(request_text("DELETE", "/v1/account/sessions?keep=current", in_person), [](const auto& what) {
    BOOST_TEST(std::get<actors::end_sessions>(what).keep_current);
    return actors::ended_sessions{3, false};
  });
  BOOST_TEST(json::parse(got.body)["ended"] == 3);
  BOOST_TEST(got.header("set-cookie").empty());
  got = asked(request_text("DELETE", "/v1/account/sessions", in_person), [](const auto& what) {
    BOOST_TEST(!std::get<actors::end_sessions>(what).keep_current);
    return actors::ended_sessions{4, true};
  });
  BOOST_TEST(got.header("set-cookie").find("Max-Age=0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mistakes_name_the_field_and_ask_nothing) {
  struct row {
    std::string method, target, body;
    int status;
    std::string code, field;
  };
  const std::string long_name(81, 'x');
  const std::vector<row> rows = {
    {"PATCH", "/v1/account", R"({})", 400, "missing_required_parameter", "name"},
    {"PATCH", "/v1/account", R"({"name":""})", 400, "invalid_value", "name"},
    {"PATCH", "/v1/account", R"({"name":"   "})", 400, "invalid_value", "name"},
    {"PATCH", "/v1/account", R"({"name":"a\nb"})", 400, "invalid_value", "name"},
    {"PATCH", "/v1/account", R"({"name":")" + long_name + R"("})", 400, "invalid_value", "name"},
    {"PATCH", "/v1/account", R"({"name":7})", 400, "invalid_value", "name"},
    {"PATCH", "/v1/account", R"({"name":"x","email":"x"})", 400, "unknown_parameter", "email"},
    {"PATCH", "/v1/account?x=1", R"({"name":"x"})", 400, "unknown_parameter", "x"},
    {"PATCH", "/v1/account", "[]", 400, "invalid_json", ""},
    {"PATCH", "/v1/account", "{\"name\":\"\xff\"}", 400, "invalid_json", ""},
    {"PATCH", "/v1/account", std::string(20'000, ' '), 413, "request_too_large", ""},
    {"POST", "/v1/account/tier", R"({"tier":"gold"})", 400, "invalid_value", "tier"},
    {"POST", "/v1/account/tier", R"({})", 400, "missing_required_parameter", "tier"},
    {"POST", "/v1/account/tier", R"({"tier":"free","really":true})", 400, "unknown_parameter", "really"},
    {"POST", "/v1/account/keys", R"({})", 400, "missing_required_parameter", "name"},
    {"POST", "/v1/account/keys", R"({"name":""})", 400, "invalid_value", "name"},
    {"POST", "/v1/account/keys", R"({"name":"x","expires_at":"tomorrow"})", 400, "invalid_value", "expires_at"},
    {"POST", "/v1/account/keys", R"({"name":"x","expires_at":"2027-02-30T00:00:00Z"})", 400, "invalid_value",
     "expires_at"},
    {"POST", "/v1/account/keys", R"({"name":"x","monthly_cap":0})", 400, "invalid_value", "monthly_cap"},
    {"POST", "/v1/account/keys", R"({"name":"x","monthly_cap":1000000001})", 400, "invalid_value", "monthly_cap"},
    {"POST", "/v1/account/keys", R"({"name":"x","monthly_cap":1.5})", 400, "invalid_value", "monthly_cap"},
    {"POST", "/v1/account/keys", R"({"name":"x","monthly_cap":"5"})", 400, "invalid_value", "monthly_cap"},
    {"POST", "/v1/account/keys", R"({"name":"x","monthly_cap":99999999999999999999})", 400, "invalid_value",
     "monthly_cap"},
    {"POST", "/v1/account/keys", R"({"name":"x","scopes":[]})", 400, "unknown_parameter", "scopes"},
    {"DELETE", "/v1/account/keys/key_x", "", 404, "not_found", ""},
    {"DELETE", "/v1/account/sessions/" + to_string(key_id{}), "", 404, "not_found", ""},
    {"DELETE", "/v1/account/sessions?keep=all", "", 400, "invalid_value", "keep"},
    {"DELETE", "/v1/account/sessions?but=current", "", 400, "unknown_parameter", "but"},
    {"GET", "/v1/account/keys?limit=1", "", 400, "unknown_parameter", "limit"},
    {"GET", "/v1/account/sessions?limit=1", "", 400, "unknown_parameter", "limit"},
  };
  for (const auto& row : rows) {
    const auto got = exchange(request_text(row.method, row.target, json_in_person, row.body));
    BOOST_TEST_CONTEXT(row.method << ' ' << row.target << ' ' << row.body.substr(0, 60)) {
      BOOST_TEST(got.status == row.status);
      const auto problem = json::parse(got.body);
      BOOST_TEST(problem["code"] == row.code);
      BOOST_TEST(problem.value("field", "") == row.field);
    }
  }
  const auto no_json = exchange(request_text("PATCH", "/v1/account", in_person, R"({"name":"x"})"));
  BOOST_TEST(no_json.status == 415);
  BOOST_TEST(front.questions.empty());
}

BOOST_AUTO_TEST_CASE(without_credentials_every_route_answers_the_same_whatever_was_sent) {
  const auto some_key = to_string(some_id<key_id>(1));
  std::optional<std::string> detail;
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
         {"GET", "/v1/account"},
         {"PATCH", "/v1/account"},
         {"POST", "/v1/account/tier"},
         {"GET", "/v1/account/keys"},
         {"POST", "/v1/account/keys"},
         {"DELETE", "/v1/account/keys/" + some_key},
         {"DELETE", "/v1/account/keys/nonsense"},
         {"GET", "/v1/account/sessions"},
         {"DELETE", "/v1/account/sessions"},
         {"DELETE", "/v1/account/sessions/nonsense"},
       }) {
    const auto got = exchange(request_text(method, target, "", method == "GET" ? "" : "{"));
    BOOST_TEST_CONTEXT(method << ' ' << target) {
      BOOST_TEST(got.status == 401);
      const auto problem = json::parse(got.body);
      BOOST_TEST(problem["code"] == "invalid_api_key");
      BOOST_TEST(problem["detail"] == detail.value_or(problem["detail"].get<std::string>()));
      detail = problem["detail"].get<std::string>();
    }
  }
  BOOST_TEST(front.questions.empty());
}

BOOST_AUTO_TEST_SUITE_END()
