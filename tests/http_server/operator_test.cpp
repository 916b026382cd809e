#include "fake_console_door.hpp"
#include "fake_front_door.hpp"
#include "http/server/listener.hpp"
#include "http/server/operator_api.hpp"
#include "raw_client.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace operator_listener {

using namespace easel;
using namespace easel::tests;

namespace {

server::operator_settings settings_with(std::string token) {
  server::operator_settings out;
  out.token = secret_text(std::move(token));
  return out;
}

struct operator_fixture {
  operator_fixture() {
    server::listener_settings net;
    net.port = 0;
    listener = std::move(
      *server::listener::open(net, server::operator_api(front, console, settings_with("right"), metrics), {}));
  }
  raw_response get(std::string_view target, std::string_view token = "right") {
    raw_client client(listener->port());
    client.send(
      request_text("GET", target, token.empty() ? "" : "Authorization: Bearer " + std::string(token) + "\r\n"));
    return client.read();
  }
  raw_response ask_with(std::string_view method, std::string_view target, std::string_view fields,
                        std::string_view body = {}) {
    raw_client client(listener->port());
    client.send(request_text(method, target, fields, body));
    return client.read();
  }
  raw_response post(std::string_view target, std::string_view body, std::string_view fields) {
    return ask_with("POST", target, std::string(fields) + "Content-Type: application/json\r\n", body);
  }
  raw_response with_cookie(std::string_view target, const std::string& token = {}) {
    return ask_with("GET", target, "Cookie: __Host-operator=" + (token.empty() ? console.cookie : token) + "\r\n");
  }
  json ask(std::string_view target) {
    const auto got = get(target);
    BOOST_TEST(got.status == 200, target);
    return json::parse(got.body);
  }
  std::function<std::string()> metrics = [] { return std::string("easel_up 1\n"); };
  fake_front_door front;
  fake_console_door console;
  std::unique_ptr<server::listener> listener;
};

constexpr std::string_view own_page = "Sec-Fetch-Site: same-origin\r\n";
const std::string some_generation = to_string(sample_id());
const std::string some_account = "acct_00000000000000000000000007";

} // namespace

} // namespace operator_listener

BOOST_FIXTURE_TEST_SUITE(operator_listener, operator_fixture)

BOOST_AUTO_TEST_CASE(every_operator_route_wants_the_token) {
  const std::string of_generation = "/api/generations/" + some_generation;
  const std::vector<std::string> targets = {
    "/healthz",       "/readyz",      "/metrics",         "/api/audit",    "/api/overview",
    "/api/history",   "/api/stream",  "/api/actors",      "/api/actors/1", "/api/graveyard",
    "/api/upstreams", "/api/queues",  "/api/generations", of_generation,   "/api/ledger",
    "/api/billing",   "/api/privacy", "/api/nodes",       "/api/sessions", "/api/configuration",
    "/api/log"};
  for (const auto& target : targets) {
    if (target != "/api/stream") // which does not end
      BOOST_TEST(get(target).status == 200, target);
    for (const std::string_view wrong : {"", "wrong", "righ", "rightt", "Right"}) {
      const auto got = get(target, wrong);
      BOOST_TEST(got.status == 401, target);
      BOOST_TEST(got.header("www-authenticate").find("Bearer") == 0u);
    }
  }
  BOOST_TEST(get("/metrics").body == "easel_up 1\n");
  BOOST_TEST(get("/v1/generations").status == 404);
  BOOST_TEST(get("/api/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(the_page_asks_for_nothing_and_may_load_nothing_of_others) {
  const auto page = get("/", "");
  BOOST_TEST(page.status == 200);
  const auto policy = page.header("content-security-policy");
  BOOST_TEST(policy.find("default-src 'none'") == 0u);
  BOOST_TEST(policy.find("unsafe") == std::string::npos);
  BOOST_TEST(policy.find("http") == std::string::npos);
  BOOST_TEST(page.header("cache-control") == "private, no-store");
  int files = 0;
  for (auto at = page.body.find("/console/"); at != std::string::npos; at = page.body.find("/console/", at + 1)) {
    const auto address = page.body.substr(at, page.body.find('"', at) - at);
    const auto file = get(address, "");
    BOOST_TEST(file.status == 200, address);
    BOOST_TEST(file.body.find("://") == file.body.find("://www.w3.org"), address);
    ++files;
  }
  BOOST_TEST(files >= 3);
  BOOST_TEST(get("/console/0000/app.mjs", "").status == 404);
}

BOOST_AUTO_TEST_CASE(the_overview_tells_what_was_sampled) {
  const auto got = ask("/api/overview");
  BOOST_TEST(got["ready"] == true);
  BOOST_TEST(got["values"]["messages"] == 1.5);
  BOOST_TEST(got["values"]["p95_paid"].is_null());
  BOOST_TEST(got["types"][0]["kind"] == "session");
  BOOST_TEST(got["concerns"][0]["urgent"] == true);
  const auto queues = ask("/api/queues");
  BOOST_TEST(queues["queues"][0]["waiting"] == 4);
  BOOST_REQUIRE(queues["lines"].size() == 2u);
  const auto& line = queues["lines"][0];
  BOOST_TEST(line["accounts"] == 12);
  BOOST_TEST(line["longest_since_turn_ms"] == 3000);
  BOOST_TEST(
    line["most"][0]
    == json(
      {{"session", 7}, {"waiting", 40}, {"in_work", 8}, {"turns", 5}, {"waits_ms", 9000}, {"since_turn_ms", 2000}}));
  const auto upstream = ask("/api/upstreams")["upstreams"][0];
  BOOST_TEST(upstream["label"] == "relay-1");
  BOOST_TEST(upstream["failures"][0]["count"] == 3);
  console.now = nullptr;
  for (const auto* target : {"/api/overview", "/api/upstreams", "/api/queues"}) {
    const auto early = get(target);
    BOOST_TEST(early.status == 503);
    BOOST_TEST(!early.header("retry-after").empty());
  }
}

BOOST_AUTO_TEST_CASE(every_lint_is_listed_with_what_it_finds) {
  const auto got = ask("/api/lints");
  BOOST_REQUIRE(got["lints"].size() == policies::lint_rules().size());
  for (const auto& one : got["lints"]) {
    for (const auto* field : {"id", "fires", "why", "next"})
      BOOST_TEST(!one[field].get<std::string>().empty());
    BOOST_TEST(one["findings"].size() == (one["id"] == "queue-stalled" ? 1u : 0u));
    BOOST_TEST(one["count"].get<std::size_t>() == (one["id"] == "queue-stalled" ? 2u : 0u));
  }
  const auto concern = ask("/api/overview")["concerns"][0];
  BOOST_TEST(concern["lint"] == "queue-stalled");
  BOOST_TEST(concern["evidence"] == "evidence");
  BOOST_TEST(concern["since"] == "2026-11-18T11:06:40.000Z");
  console.now = nullptr;
  BOOST_TEST(get("/api/lints").status == 503);
}

BOOST_AUTO_TEST_CASE(history_names_its_series_once) {
  const auto got = ask("/api/history");
  BOOST_TEST(got["names"].size() == actors::series_count);
  BOOST_TEST(got["points"].size() == 2u);
  BOOST_TEST(got["points"][0]["values"].size() == actors::series_count);
  BOOST_TEST(ask("/api/history?span=24h")["points"].size() == 1u);
  BOOST_TEST(get("/api/history?span=1y").status == 400);
}

BOOST_AUTO_TEST_CASE(a_moment_that_is_over_is_told_by_type_with_what_happened_up_to_it) {
  const auto got = ask("/api/history?at=-5m");
  BOOST_TEST(got["at"] == to_string(fake_console_door::kept));
  BOOST_TEST(got["step_ms"] == 1000);
  BOOST_TEST(got["values"]["messages"] == 2.5);
  BOOST_TEST(got["types"].dump() == R"([{"busy":0.5,"failures":1,"kind":"session","live":9,"rate":1.25,"waiting":4}])");
  BOOST_TEST(got["types_left_out"] == 5);
  BOOST_TEST(got["events"][0]["what"] == "actor_failed");
  BOOST_TEST(got["events"][0]["about"] == "session #7");
  BOOST_TEST(got["events"][0]["actor"] == 7);
  BOOST_TEST(got["events_dropped"] == 6);
  BOOST_TEST(get("/api/history?at=" + to_string(fake_console_door::kept)).status == 200);
  BOOST_TEST(get("/api/history?at=-11m").status == 404);
  for (const auto* wrong : {"yesterday", "-5", "-5d", "5m", "-49h", "--5m", "-5m5"}) {
    const auto refused = get(std::string("/api/history?at=") + wrong);
    BOOST_TEST(refused.status == 400, wrong);
    BOOST_TEST(json::parse(refused.body)["field"] == "at", wrong);
  }
  BOOST_TEST(json::parse(get("/api/history?at=-5m&span=15m").body)["field"] == "span");
  console.now = nullptr;
  BOOST_TEST(get("/api/history?at=-5m").status == 404);
}

BOOST_AUTO_TEST_CASE(a_listing_of_actors_passes_its_question_on_and_refuses_a_bad_one) {
  const auto page = ask("/api/actors?type=provider%20connection&sort=busy&limit=10&offset=20&parent=7");
  BOOST_TEST(page["matching"] == 2);
  BOOST_TEST(page["live"] == 5);
  BOOST_TEST(page["actors"][0]["last"]["type"] == "enter");
  BOOST_REQUIRE(console.questions.size() == 1u);
  const auto& q = console.questions[0];
  BOOST_TEST(q.kind == "provider connection");
  BOOST_TEST((q.by == actors::actor_order::busy));
  BOOST_TEST(q.limit == 10u);
  BOOST_TEST(q.offset == 20u);
  BOOST_TEST((q.parent == 7u));
  ask("/api/actors?about=" + some_generation);
  BOOST_TEST((console.questions.back().subject == sample_id().value));
  for (const auto* bad :
       {"limit=0", "limit=201", "offset=10001", "sort=luck", "parent=x", "about=somebody", "view=list2", "unknown=1"}) {
    const auto got = get("/api/actors?" + std::string(bad));
    BOOST_TEST(got.status == 400, bad);
    BOOST_TEST(json::parse(got.body).contains("field"), bad);
  }
  BOOST_TEST(get("/api/actors?limit=1&limit=2").status == 400);
}

BOOST_AUTO_TEST_CASE(the_log_is_told_by_level_and_by_what_is_in_it) {
  const auto all = ask("/api/log");
  BOOST_TEST(all["lines"].size() == 1u);
  BOOST_TEST(all["lines"][0]["number"] == 7);
  BOOST_TEST(all["lines"][0]["level"] == "error");
  BOOST_TEST(all["lines"][0]["text"] == "The journal cannot be written");
  BOOST_TEST(all["lines"][0]["at"] == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(all["written"] == 7);
  BOOST_TEST(all["kept"] == 5);
  BOOST_TEST(console.log_asked.level == "debug");
  BOOST_TEST(console.log_asked.find.empty());
  BOOST_TEST(console.log_asked.most == 200u);
  (void)ask("/api/log?level=warning&find=a%20disk&limit=7");
  BOOST_TEST(console.log_asked.level == "warning");
  BOOST_TEST(console.log_asked.find == "a disk");
  BOOST_TEST(console.log_asked.most == 7u);
  for (const auto* wrong : {"/api/log?level=loud", "/api/log?limit=0", "/api/log?limit=2001", "/api/log?since=1"})
    BOOST_TEST(get(wrong).status == 400, wrong);
}

BOOST_AUTO_TEST_CASE(the_tree_one_actor_and_the_graveyard) {
  const auto tree = ask("/api/actors?view=tree&sort=rate")["tree"];
  BOOST_TEST(tree[0]["count"] == 40);
  BOOST_TEST(tree[0]["actors"][0]["id"] == 1);
  BOOST_TEST(ask("/api/actors/1")["messages"][0]["took_ms"] == 0.034);
  for (const auto* none : {"/api/actors/2", "/api/actors/x", "/api/actors/-1", "/api/actors/99999999999999999999"})
    BOOST_TEST(get(none).status == 404, none);
  BOOST_TEST(ask("/api/graveyard")["ended"][0]["type"] == "session");
  BOOST_TEST(ask("/api/graveyard?type=generation")["ended"][0]["type"] == "generation");
}

BOOST_AUTO_TEST_CASE(a_generation_is_told_as_steps_without_what_was_asked_for) {
  const auto got = ask("/api/generations/" + some_generation);
  BOOST_REQUIRE(got["steps"].size() == 2u);
  BOOST_TEST(got["steps"][0]["name"] == "moderated, then queued");
  BOOST_TEST(got["steps"][0]["took_ms"] == 1000);
  BOOST_TEST(got["steps"][1]["took_ms"] == 3000);
  BOOST_TEST(got["actor"]["id"] == 1);
  for (const auto* hidden : {"prompt", "account", "account_id", "model", "verdict", "size"})
    BOOST_TEST(!got.contains(hidden), hidden);
  BOOST_TEST(get("/api/generations/" + to_string(generation_id{})).status == 404);
  BOOST_TEST(get("/api/generations/gen_nonsense").status == 404);
  BOOST_TEST(ask("/api/generations?limit=3&state=ended")["generations"].size() == 3u);
  BOOST_TEST(get("/api/generations?state=lost").status == 400);
  console.fault = actors::console_fault::unavailable;
  BOOST_TEST(get("/api/generations").status == 503);
  BOOST_TEST(get("/api/generations/" + some_generation).status == 503);
}

BOOST_AUTO_TEST_CASE(between_which_moments_the_verdict_came_is_told_and_not_what_it_was) {
  const auto judged = [&] { return ask("/api/generations/" + some_generation)["judged"]; };
  const auto created = instant(std::chrono::seconds(1'795'000'000));
  const auto in = [&](int milliseconds) { return created + std::chrono::milliseconds(milliseconds); };
  BOOST_TEST(judged() // without a disclosure on record
             == json({{"after", "2026-11-18T11:06:40.000Z"}, {"by", "2026-11-18T11:06:41.000Z"}, {"within_ms", 1000}}));
  console.retouch = [&](persistence::generation_story& story) { // it was dispatched twice
    story.disclosures = {
      {recipient::openai_moderation, in(100)}, {recipient::sub2api, in(400)}, {recipient::sub2api, in(1000)}};
  };
  BOOST_TEST(judged()["after"] == "2026-11-18T11:06:40.100Z");
  BOOST_TEST(judged()["by"] == "2026-11-18T11:06:40.400Z");
  BOOST_TEST(judged()["within_ms"] == 300);
  const auto undispatched = [&](generation_state state, std::optional<instant> ended) {
    console.retouch = [=](persistence::generation_story& story) {
      story.line.state = state;
      story.line.dispatched_at.reset();
      story.line.ended_at = ended;
      story.images.clear();
      story.disclosures = {{recipient::openai_moderation, story.line.created_at}};
    };
    return ask("/api/generations/" + some_generation);
  };
  const auto blocked = undispatched(generation_state::blocked, in(250));
  BOOST_TEST(blocked["judged"]["within_ms"] == 250);
  BOOST_TEST(blocked["steps"][0]["name"] == "moderated, and blocked");
  for (const auto state : {generation_state::failed, generation_state::cancelled, generation_state::accepted}) {
    const auto got = undispatched(state, state == generation_state::accepted ? std::nullopt : std::optional(in(250)));
    BOOST_TEST(got["judged"].is_null());
    BOOST_TEST(got["steps"][0]["name"] == "accepted");
  }
}

BOOST_AUTO_TEST_CASE(the_stream_tells_what_has_changed_and_no_more) {
  raw_client client(listener->port());
  client.send(request_text("GET", "/api/stream", "Authorization: Bearer right\r\n"));
  BOOST_TEST(client.read_head().header("content-type") == "text/event-stream");
  const auto event = [&] {
    const auto text = client.read_chunk();
    BOOST_TEST(text.find("event: sample\n") == 0u);
    return json::parse(text.substr(text.find("data: ") + 6));
  };
  const auto first = event();
  BOOST_TEST(first["types"].size() == 2u);
  BOOST_TEST(first["upstreams"].size() == 1u);
  BOOST_TEST(first.contains("concerns"));
  BOOST_REQUIRE(console.watchers.size() == 1u);
  BOOST_TEST(console.watchers[0]->sampled(fake_console_door::sample_of(2)));
  const auto second = event();
  BOOST_REQUIRE(second["types"].size() == 1u);
  BOOST_TEST(second["types"][0]["live"] == 2);
  BOOST_TEST(second["upstreams"].empty());
  BOOST_TEST(!second.contains("concerns"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_falls_behind_is_cut_off) {
  raw_client client(listener->port(), 2048);
  client.send(request_text("GET", "/api/stream", "Authorization: Bearer right\r\n"));
  client.read_head();
  client.read_chunk();
  BOOST_REQUIRE(console.watchers.size() == 1u);
  auto heavy = std::make_shared<actors::console_sample>(*fake_console_door::sample_of(1));
  bool goes_on = true;
  for (std::uint64_t i = 0; i < 1000 && goes_on; ++i) {
    heavy->concerns.assign(
      actors::most_concerns,
      {policies::lint::mailbox_deep, "actor 1", std::string(4000, static_cast<char>('a' + i % 20)), "", "", {}});
    goes_on = console.watchers[0]->sampled(heavy);
  }
  BOOST_TEST(!goes_on);
}

BOOST_AUTO_TEST_CASE(a_stream_ends_with_the_session_of_its_operator) {
  const auto samples_until_end = [&](std::string_view fields) {
    console.watchers.clear();
    raw_client client(listener->port());
    client.send(request_text("GET", "/api/stream", fields));
    client.read_head();
    client.read_chunk();
    BOOST_REQUIRE(console.watchers.size() == 1u);
    int samples = 0;
    while (samples < 100 && console.watchers[0]->sampled(console.now)) {
      client.read_chunk();
      ++samples;
    }
    return samples;
  };
  const auto mine = "Cookie: __Host-operator=" + console.cookie + "\r\n";
  BOOST_TEST(samples_until_end(mine) == 100);
  console.forgets = true;
  BOOST_TEST(samples_until_end(mine) < 60);
  console.fault = actors::console_fault::unavailable; // nobody knows
  BOOST_TEST(samples_until_end("Authorization: Bearer right\r\n") == 100);
}

BOOST_AUTO_TEST_CASE(one_watcher_too_many_is_refused) {
  console.full = true;
  const auto got = get("/api/stream");
  BOOST_TEST(got.status == 503);
  BOOST_TEST(!got.header("retry-after").empty());
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_answered_500_with_the_request_id) {
  server::listener_settings net;
  net.port = 0;
  auto broken =
    server::listener::open(net,
                           server::operator_api(front, console, settings_with("right"),
                                                []() -> std::string { throw std::runtime_error("the metrics broke"); }),
                           {});
  raw_client client((*broken)->port());
  client.send(request_text("GET", "/metrics", "Authorization: Bearer right\r\n"));
  const auto got = client.read();
  BOOST_TEST(got.status == 500);
  BOOST_TEST(json::parse(got.body)["request_id"] == got.header("x-request-id"));
  BOOST_TEST(got.body.find("metrics broke") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_token_configured_nobody_is_an_operator) {
  server::listener_settings net;
  net.port = 0;
  auto closed = server::listener::open(net, server::operator_api(front, console, settings_with(""), metrics), {});
  raw_client client((*closed)->port());
  client.send(request_text("GET", "/metrics", "Authorization: Bearer x\r\n"));
  BOOST_TEST(client.read().status == 401);
}

// ---------------------------------------------------------------- people

BOOST_AUTO_TEST_CASE(who_signs_in_gets_a_cookie_that_no_script_and_no_other_site_sees) {
  const auto got = post("/api/session", R"({"name":"ada","password":"a long password","code":"123456"})", own_page);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["role"] == "operator");
  const auto cookie = got.header("set-cookie");
  BOOST_TEST(cookie.find("__Host-operator=" + console.cookie + ";") == 0u);
  for (const auto* part : {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=28800"})
    BOOST_TEST(cookie.find(part) != std::string::npos, part);
  BOOST_TEST(cookie.find("Domain") == std::string::npos);
  BOOST_REQUIRE(console.attempts.size() == 1u);
  BOOST_TEST(console.attempts[0].code == "123456");
  BOOST_TEST(with_cookie("/api/overview").status == 200);
  BOOST_TEST(json::parse(with_cookie("/api/session").body)["name"] == "operator:ada");
}

BOOST_AUTO_TEST_CASE(wrong_attempts_are_answered_alike_and_too_many_are_told_to_wait) {
  const auto wrong = post("/api/session", R"({"name":"ada","password":"wrong"})", own_page);
  const auto unknown = post("/api/session", R"({"name":"eve","password":"wrong"})", own_page);
  BOOST_TEST(wrong.status == 401);
  BOOST_TEST(unknown.status == 401);
  BOOST_TEST(json::parse(wrong.body)["detail"] == json::parse(unknown.body)["detail"]);
  BOOST_TEST(wrong.header("set-cookie").empty());
  const auto locked = post("/api/session", R"({"name":"locked","password":"x"})", own_page);
  BOOST_TEST(locked.status == 429);
  BOOST_TEST(locked.header("retry-after") == "120");
  BOOST_TEST(post("/api/session", "{", own_page).status == 400);
  BOOST_TEST(post("/api/session", R"({"name":7})", own_page).status == 400);
  console.fault = actors::console_fault::unavailable;
  BOOST_TEST(post("/api/session", R"({"name":"ada","password":"a long password"})", own_page).status == 503);
}

BOOST_AUTO_TEST_CASE(that_nobody_is_signed_in_is_an_answer) {
  const auto got = get("/api/session", "");
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["name"].is_null());
  BOOST_TEST(get("/api/session", "wrong").status == 401);
  BOOST_TEST(json::parse(get("/api/session").body)["role"] == "admin");
}

BOOST_AUTO_TEST_CASE(no_page_of_another_site_signs_in_acts_or_signs_out) {
  const std::string cookie = "Cookie: __Host-operator=" + console.cookie + "\r\n";
  for (const std::string from : {"", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
                                 "Origin: https://example.com\r\n", "Origin: null\r\n"}) {
    BOOST_TEST(post("/api/session", R"({"name":"ada","password":"a long password"})", from).status == 403, from);
    BOOST_TEST(post("/api/actions/reset_breaker", R"({"to":"kie","label":"x"})", cookie + from).status == 403, from);
    BOOST_TEST(ask_with("DELETE", "/api/session", cookie + from).status == 403, from);
  }
  BOOST_TEST(console.attempts.empty());
  BOOST_TEST(console.acts.empty());
  BOOST_TEST(console.signed_out == 0);
}

BOOST_AUTO_TEST_CASE(signing_out_ends_the_session_and_the_cookie) {
  const auto got =
    ask_with("DELETE", "/api/session", "Cookie: __Host-operator=" + console.cookie + "\r\n" + std::string(own_page));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(console.signed_out == 1);
  BOOST_TEST(got.header("set-cookie").find("Max-Age=0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_signs_out_while_the_database_is_away_is_told_and_keeps_no_cookie) {
  console.fault = actors::console_fault::unavailable;
  const auto got =
    ask_with("DELETE", "/api/session", "Cookie: __Host-operator=" + console.cookie + "\r\n" + std::string(own_page));
  BOOST_TEST(got.status == 503);
  BOOST_TEST(json::parse(got.body)["code"] == "service_unavailable");
  BOOST_TEST(got.header("set-cookie").find("Max-Age=0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_cookie_of_the_public_service_opens_nothing_here) {
  const auto got = ask_with("GET", "/api/overview", "Cookie: __Host-sid=" + console.cookie + "\r\n");
  BOOST_TEST(got.status == 401);
  BOOST_TEST(with_cookie("/api/overview", "unknown").status == 401);
  const auto twice = ask_with("GET", "/api/overview", "Cookie: __Host-operator=a; __Host-operator=b\r\n");
  BOOST_TEST(twice.status == 400);
}

BOOST_AUTO_TEST_CASE(each_role_may_what_it_may) {
  using policies::operator_role;
  const std::string act = R"({"to":"kie","label":"main"})";
  const std::string mine = "Cookie: __Host-operator=" + console.cookie + "\r\n" + std::string(own_page);
  for (const auto role : policies::all_operator_roles) {
    console.role = role;
    BOOST_TEST(with_cookie("/api/overview").status == 200);
    BOOST_TEST(post("/api/actions/reset_breaker", act, mine).status == (role == operator_role::viewer ? 403 : 200));
    BOOST_TEST(with_cookie("/api/audit").status == (role == operator_role::admin ? 200 : 403));
    for (const auto* about_account : {"suspend_account", "lift_account", "end_sessions"})
      BOOST_TEST(
        post(std::string("/api/actions/") + about_account, R"({"account":")" + some_account + "\"}", mine).status
        == (role == operator_role::viewer ? 403 : 200));
    const std::vector<std::pair<std::string, std::string>> of_node{
      {"run_retention", "{}"}, {"run_reconcile", "{}"}, {"set_log_level", R"({"level":"debug"})"},
      {"drain_node", "{}"},    {"resume_node", "{}"},   {"kill_actor", R"({"actor":7})"}};
    const std::vector<std::pair<std::string, std::string>> of_operators{
      {"drain_upstream", act},
      {"open_breaker", act},
      {"change_weight", R"({"to":"kie","label":"main","weight":0})"},
      {"reveal_prompt", R"({"generation":")" + std::string(some_generation) + "\"}"},
      {"record_privacy_request", R"({"kind":"child","received":"2026-11-20"})"}};
    for (const auto& [name, body] : of_operators)
      BOOST_TEST(post("/api/actions/" + name, body, mine).status == (role == operator_role::viewer ? 403 : 200), name);
    for (const auto& [name, body] : of_node) {
      const auto got = post("/api/actions/" + name, body, mine);
      BOOST_TEST(got.status == (role == operator_role::admin ? 200 : 403), name);
      if (role != operator_role::admin)
        BOOST_TEST(json::parse(got.body)["code"] == "role_required");
    }
  }
  BOOST_TEST(console.acts.size() == 2u * 9u + 6u);
  BOOST_TEST(ask("/api/audit?limit=3")["audit"].size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_action_is_previewed_and_done_with_its_stamp_and_a_reason) {
  const std::string token = "Authorization: Bearer right\r\n";
  auto got = post("/api/actions/pause_upstream", R"({"to":"sub2api","label":"relay-1","minutes":30})", token);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["outcome"] == "previewed");
  BOOST_TEST(json::parse(got.body)["effects"].size() == 1u);
  BOOST_REQUIRE(console.acts.size() == 1u);
  const auto& pause = std::get<actors::pause_upstream>(console.acts[0].what);
  BOOST_TEST((pause.span == std::chrono::minutes(30)));
  BOOST_TEST(console.acts[0].who.name == "operator token");
  BOOST_TEST(console.acts[0].stamp.empty());
  got = post("/api/actions/pause_upstream",
             R"({"to":"sub2api","label":"relay-1","minutes":30,"reason":"it fails","stamp":"stamp"})", token);
  BOOST_TEST(json::parse(got.body)["outcome"] == "done");
  BOOST_REQUIRE(console.acts.size() == 2u);
  BOOST_TEST(console.acts[1].reason == "it fails");
  console.outcome.how = actors::action_outcome::result::changed;
  BOOST_TEST(post("/api/actions/restart_actor", R"({"actor":7})", token).status == 409);
  BOOST_TEST(std::get<actors::restart_actor>(console.acts.back().what).id == 7u);
  console.outcome.how = actors::action_outcome::result::no_target;
  BOOST_TEST(post("/api/actions/cancel_generation", R"({"generation":")" + some_generation + "\"}", token).status
             == 404);
  (void)post("/api/actions/suspend_account", R"({"account":")" + some_account + "\"}", token);
  BOOST_TEST(to_string(std::get<actors::suspend_account>(console.acts.back().what).whom) == some_account);
  (void)post("/api/actions/run_reconcile", "{}", token);
  BOOST_TEST((std::get<actors::run_now>(console.acts.back().what).is == actors::run_now::what::reconcile));
  (void)post("/api/actions/set_log_level", R"({"level":"error","minutes":60})", token);
  BOOST_TEST(std::get<actors::set_log_level>(console.acts.back().what).level == "error");
  BOOST_TEST((std::get<actors::set_log_level>(console.acts.back().what).span == std::chrono::hours(1)));
  console.fault = actors::console_fault::unavailable;
  BOOST_TEST(post("/api/actions/restart_actor", R"({"actor":7})", token).status == 503);
}

BOOST_AUTO_TEST_CASE(an_action_that_the_database_failed_is_answered_with_what_is_known_of_it) {
  using r = actors::action_outcome::result;
  const std::string token = "Authorization: Bearer right\r\n";
  struct expectation {
    r how;
    int status;
    bool may_be_repeated;
    const char* says;
  };
  for (const auto& [how, status, may_be_repeated, says] :
       {expectation{r::unanswered, 503, true, "The database did not answer. Nothing was done."},
        expectation{r::unknown, 503, false,
                    "The database did not answer, so nobody knows whether it was done. Look before you repeat it."},
        expectation{r::failed, 500, false, "The database refused it. Nothing was done."}}) {
    console.outcome.how = how;
    const auto got =
      post("/api/actions/suspend_account",
           R"({"account":")" + std::string(some_account) + R"(","reason":"spam","stamp":"stamp"})", token);
    BOOST_TEST(got.status == status, says);
    BOOST_TEST(json::parse(got.body)["detail"].get<std::string>() == says);
    BOOST_TEST(got.header("retry-after").empty() != may_be_repeated, says);
  }
}

BOOST_AUTO_TEST_CASE(the_further_actions_arrive_as_they_were_asked_for) {
  const std::string token = "Authorization: Bearer right\r\n";
  const auto sent = [&](const std::string& name, const std::string& body) -> const actors::operator_action& {
    BOOST_TEST(post("/api/actions/" + name, body, token).status == 200, name);
    return console.acts.back().what;
  };
  using std::get;
  BOOST_TEST((get<actors::drain_upstream>(sent("drain_upstream", R"({"to":"kie","label":"x","minutes":30})")).span
              == std::chrono::minutes(30)));
  BOOST_TEST(
    (get<actors::open_breaker>(sent("open_breaker", R"({"to":"kie","label":"x"})")).span == std::chrono::minutes(15)));
  BOOST_TEST(get<actors::change_weight>(sent("change_weight", R"({"to":"kie","label":"x","weight":0})")).weight == 0);
  BOOST_TEST((get<actors::drain_node>(sent("drain_node", R"({"minutes":60})")).span == std::chrono::hours(1)));
  BOOST_TEST(std::holds_alternative<actors::resume_node>(sent("resume_node", "{}")));
  BOOST_TEST(get<actors::kill_actor>(sent("kill_actor", R"({"actor":7})")).id == 7u);
  const auto reveal =
    get<actors::reveal_prompt>(sent("reveal_prompt", R"({"generation":")" + std::string(some_generation) + "\"}"));
  BOOST_TEST((reveal.span == std::chrono::seconds(60)));
  BOOST_TEST(to_string(reveal.id) == some_generation);
  const auto record = get<actors::record_request>(
    sent("record_privacy_request", R"({"kind":"child","received":"2026-11-20","account":")" + std::string(some_account)
                                     + R"(","reference":"MAIL-1"})"));
  BOOST_TEST((record.what.kind == policies::request_kind::child));
  BOOST_TEST(easel::to_string(record.what.received) == "2026-11-20");
  BOOST_TEST(to_string(record.what.account.value()) == some_account);
  BOOST_TEST(record.what.reference == "MAIL-1");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_in_the_one_answer_that_reveals_it_and_is_not_stored_on_the_way) {
  const std::string token = "Authorization: Bearer right\r\n";
  const std::string body = R"({"generation":")" + std::string(some_generation) + '"';
  BOOST_TEST(!json::parse(post("/api/actions/reveal_prompt", body + "}", token).body).contains("revealed"));
  console.outcome.revealed = actors::revealed_prompt{secret_text("a boat"), std::chrono::seconds(30)};
  const auto got = post("/api/actions/reveal_prompt", body + R"(,"stamp":"stamp","reason":"a report"})", token);
  BOOST_TEST(json::parse(got.body)["revealed"] == json({{"prompt", "a boat"}, {"hide_after_ms", 30000}}));
  BOOST_TEST(got.header("cache-control").find("no-store") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_action_that_is_not_well_asked_for_is_refused_with_its_field) {
  const std::string token = "Authorization: Bearer right\r\n";
  const std::vector<std::pair<std::string, std::string>> wrong{
    {"pause_upstream", R"({"to":"kie","label":"x","minutes":0})"},
    {"pause_upstream", R"({"to":"kie","label":"x","minutes":1441})"},
    {"pause_upstream", R"({"to":"kie","label":"x","seconds":5})"},
    {"restart_actor", R"({"actor":"7"})"},
    {"restart_actor", R"({"actor":-1})"},
    {"restart_actor", R"({"actor":7,"stamp":"stamp"})"},
    {"restart_actor", R"({"actor":7,"stamp":"stamp","reason":"a\u0007b"})"},
    {"cancel_generation", R"({"generation":"gen_x"})"},
    {"suspend_account", R"({"account":"ada@example.org"})"},
    {"lift_account", "{}"},
    {"end_sessions", R"({"account":7})"},
    {"run_retention", R"({"table":"image"})"},
    {"set_log_level", R"({"level":"trace"})"},
    {"set_log_level", R"({"level":"debug","minutes":1441})"},
    {"drain_upstream", R"({"to":"kie","label":"x","minutes":0})"},
    {"open_breaker", R"({"to":"kie","label":"x","minutes":1441})"},
    {"change_weight", R"({"to":"kie","label":"x"})"},
    {"change_weight", R"({"to":"kie","label":"x","weight":-1})"},
    {"change_weight", R"({"to":"kie","label":"x","weight":1001})"},
    {"drain_node", R"({"minutes":0})"},
    {"resume_node", R"({"minutes":5})"},
    {"kill_actor", R"({"actor":"router"})"},
    {"reveal_prompt", R"({"generation":"gen_x"})"},
    {"reveal_prompt", R"({"generation":")" + std::string(some_generation) + R"(","seconds":9})"},
    {"reveal_prompt", R"({"generation":")" + std::string(some_generation) + R"(","seconds":301})"},
    {"record_privacy_request", R"({"kind":"wish","received":"2026-11-20"})"},
    {"record_privacy_request", R"({"kind":"access","received":"20.11.2026"})"},
    {"record_privacy_request", R"({"kind":"access","received":"2026-11-20","account":"ada"})"},
    {"record_privacy_request", R"({"kind":"access","received":"2026-11-20","reference":"ada@example.org"})"},
  };
  for (const auto& [name, body] : wrong) {
    const auto got = post("/api/actions/" + name, body, token);
    BOOST_TEST(got.status == 400, body);
    BOOST_TEST(json::parse(got.body).contains("field"), body);
  }
  BOOST_TEST(post("/api/actions/destroy", "{}", token).status == 404);
  BOOST_TEST(console.acts.empty());
}

BOOST_AUTO_TEST_SUITE_END()
