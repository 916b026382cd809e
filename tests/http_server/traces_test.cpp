#include "fake_console_door.hpp"
#include "fake_front_door.hpp"
#include "http/server/listener.hpp"
#include "http/server/operator_api.hpp"
#include "raw_client.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace traces {

using namespace easel;
using namespace easel::tests;

namespace {

struct traces_fixture {
  traces_fixture() {
    server::listener_settings net;
    net.port = 0;
    server::operator_settings operators;
    operators.token = secret_text("right");
    listener = std::move(
      *server::listener::open(net, server::operator_api(front, console, operators, [] { return std::string(); }), {}));
  }
  /// As ada, who is an operator of the door's `role`.
  raw_response ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view site = "same-origin") {
    raw_client client(listener->port());
    client.send(request_text(method, target,
                             "Cookie: __Host-operator=" + console.cookie + "\r\nSec-Fetch-Site: " + std::string(site)
                               + "\r\nContent-Type: application/json\r\n",
                             body));
    return client.read();
  }
  raw_response with_token(std::string_view method, std::string_view target, std::string_view token = "right") {
    raw_client client(listener->port());
    client.send(request_text(method, target, "Authorization: Bearer " + std::string(token) + "\r\n"));
    return client.read();
  }
  json document(std::string_view method, std::string_view target, std::string_view body = {}) {
    const auto got = ask(method, target, body);
    BOOST_TEST(got.status == 200, target);
    return json::parse(got.body);
  }
  /// A stream as ada opens it, after its head.
  raw_client listen(std::string_view target) {
    raw_client client(listener->port());
    client.send(
      request_text("GET", target, "Cookie: __Host-operator=" + console.cookie + "\r\nSec-Fetch-Site: same-origin\r\n"));
    BOOST_TEST(client.read_head().header("content-type") == "text/event-stream");
    return client;
  }
  static json event_of(raw_client& client) {
    const auto text = client.read_chunk();
    BOOST_TEST(text.find("event: trace\n") == 0u);
    return json::parse(text.substr(text.find("data: ") + 6));
  }
  [[nodiscard]] actors::trace_wanted latest() const {
    BOOST_REQUIRE(!console.traces_.begun.empty());
    return console.traces_.begun.back();
  }
  fake_front_door front;
  fake_console_door console;
  std::unique_ptr<server::listener> listener;
};

constexpr std::string_view account = "acct_00000000000000000000000007";
const std::string of_account = R"({"account":")" + std::string(account) + R"(","reason":"it is slow"})";

} // namespace

} // namespace traces

BOOST_FIXTURE_TEST_SUITE(traces, traces_fixture)

BOOST_AUTO_TEST_CASE(nobody_follows_or_reads_without_a_session_or_from_another_page) {
  for (const auto* method : {"GET", "POST", "DELETE"}) {
    const auto* target = std::string_view(method) == "DELETE" ? "/api/traces/7" : "/api/traces";
    BOOST_TEST(with_token(method, target, "wrong").status == 401, method);
  }
  BOOST_TEST(with_token("GET", "/api/traces/7", "wrong").status == 401);
  BOOST_TEST(ask("POST", "/api/traces", R"({"actor":17})", "cross-site").status == 403);
  BOOST_TEST(ask("DELETE", "/api/traces/7", "", "cross-site").status == 403);
  BOOST_TEST(console.traces_.begun.empty());
  BOOST_TEST(console.traces_.stopped == 0);
}

BOOST_AUTO_TEST_CASE(the_list_has_the_limits_and_what_is_followed) {
  const auto got = document("GET", "/api/traces");
  BOOST_TEST(got["limits"] == json({{"running", 4}, {"events", 2000}, {"span_ms", 300'000}}));
  BOOST_REQUIRE(got["traces"].size() == 1u);
  const auto& one = got["traces"][0];
  BOOST_TEST(one["id"] == 7);
  BOOST_TEST(one["subject"] == json({{"by", "actor"}, {"actor", 17}}));
  BOOST_TEST(one["mine"] == true);
  BOOST_TEST(one["running"] == true);
  BOOST_TEST(one["ended"].is_null());
  BOOST_TEST(one["left_ms"] == 12'000);
  BOOST_TEST(one["recorded"] == 3);
  BOOST_TEST(one["dropped"] == 1);
  BOOST_TEST(ask("GET", "/api/traces?after=1").status == 400);
}

BOOST_AUTO_TEST_CASE(a_viewer_follows_an_actor_a_type_or_a_generation) {
  console.role = policies::operator_role::viewer;
  document("POST", "/api/traces", R"({"actor":17})");
  BOOST_TEST((latest().trace.by == policies::trace_by::actor));
  BOOST_TEST(latest().trace.actor == 17u);
  BOOST_TEST(latest().trace.by_whom == "operator:ada");
  BOOST_TEST(latest().trace.bounds.events == policies::usual_trace.events);
  document("POST", "/api/traces", R"({"type":"provider connection","events":10,"seconds":5})");
  BOOST_TEST(latest().trace.type == "provider connection");
  BOOST_TEST(latest().trace.bounds.events == 10);
  BOOST_TEST((latest().trace.bounds.span == std::chrono::seconds(5)));
  document("POST", "/api/traces", R"({"generation":")" + to_string(sample_id()) + R"("})");
  BOOST_TEST((latest().trace.id == sample_id().value));
}

BOOST_AUTO_TEST_CASE(an_account_takes_an_operator_and_a_reason_and_is_told_to_nobody) {
  console.role = policies::operator_role::viewer;
  BOOST_TEST(ask("POST", "/api/traces", of_account).status == 403);
  console.role = policies::operator_role::keeper;
  const auto without = ask("POST", "/api/traces", R"({"account":")" + std::string(account) + R"("})");
  BOOST_TEST(without.status == 400);
  BOOST_TEST(json::parse(without.body)["field"] == "reason");
  BOOST_TEST(console.traces_.begun.empty());
  const auto got = ask("POST", "/api/traces", of_account);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["subject"] == json({{"by", "account"}}));
  BOOST_TEST(got.body.find("acct_") == std::string::npos);
  BOOST_TEST(latest().reason == "it is slow");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const std::vector<std::pair<std::string, std::string>> all{
    {"{}", "generation"},
    {R"({"actor":1,"type":"session"})", "generation"},
    {R"({"actor":0})", "actor"},
    {R"({"actor":"17"})", "actor"},
    {R"({"generation":"gen_x"})", "generation"},
    {R"({"account":"acct_x","reason":"r"})", "account"},
    {R"({"type":""})", "type"},
    {R"({"type":")" + std::string(65, 'x') + R"("})", "type"},
    {R"({"actor":1,"events":0})", "events"},
    {R"({"actor":1,"events":2001})", "events"},
    {R"({"actor":1,"seconds":0})", "seconds"},
    {R"({"actor":1,"seconds":301})", "seconds"},
    {R"({"actor":1,"reason":"a\u0007b"})", "reason"},
    {R"({"actor":1,"reason":"a\u009b2J"})", "reason"},
    {R"({"actor":1,"reason":")" + std::string(201, 'x') + R"("})", "reason"},
    {R"({"actor":1,"until":5})", "until"},
  };
  for (const auto& [body, field] : all) {
    const auto got = ask("POST", "/api/traces", body);
    BOOST_TEST(got.status == 400, body);
    BOOST_TEST(json::parse(got.body)["field"] == field, body);
  }
  BOOST_TEST(ask("POST", "/api/traces", "nonsense").status == 400);
  BOOST_TEST(console.traces_.begun.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_begun_says_why) {
  auto& door = console.traces_;
  door.refusal = actors::trace_refusal::no_target;
  BOOST_TEST(ask("POST", "/api/traces", R"({"actor":17})").status == 404);
  door.refusal = actors::trace_refusal::one_person;
  const auto of_session = ask("POST", "/api/traces", R"({"actor":17})");
  BOOST_TEST(of_session.status == 403);
  BOOST_TEST(json::parse(of_session.body)["code"] == "account_required");
  door.refusal = actors::trace_refusal::full;
  const auto full = ask("POST", "/api/traces", R"({"actor":17})");
  BOOST_TEST(full.status == 503);
  BOOST_TEST(!full.header("retry-after").empty());
  door.refusal.reset();
  for (const auto fault : {actors::console_fault::unavailable, actors::console_fault::overloaded}) {
    door.fault = fault;
    const auto got = ask("POST", "/api/traces", of_account);
    BOOST_TEST(got.status == 503);
    BOOST_TEST(json::parse(got.body)["detail"].get<std::string>().find("No trace was begun") != std::string::npos);
  }
  door.fault.reset();
  door.bounds.running = 0;
  BOOST_TEST(ask("POST", "/api/traces", R"({"actor":17})").status == 404);
}

BOOST_AUTO_TEST_CASE(what_was_seen_is_read_from_where_one_was) {
  const auto all = document("GET", "/api/traces/7");
  BOOST_REQUIRE(all["events"].size() == 3u);
  const auto& second = all["events"][1];
  BOOST_TEST(second["number"] == 2);
  BOOST_TEST(second["at"] == "2026-11-18T11:06:41.000Z");
  BOOST_TEST(second["after_ms"] == 1000);
  BOOST_TEST(second["actor"] == json({{"id", 17}, {"type", "session"}}));
  BOOST_TEST(second["from"] == json({{"id", 2}, {"type", "router"}}));
  BOOST_TEST(second["message"] == "enter");
  BOOST_TEST(second["outcome"] == "handled");
  BOOST_TEST(second["waited_ms"] == 1.5);
  BOOST_TEST(second["took_ms"] == 0.034);
  BOOST_TEST(all["events"][0]["from"].is_null());
  BOOST_TEST(all["events"][0]["waited_ms"].is_null());
  BOOST_TEST(all["events"][2]["from"]["type"].is_null());
  BOOST_TEST(all["events"][2]["outcome"] == "failed");
  const auto rest = document("GET", "/api/traces/7?after=2");
  BOOST_REQUIRE(rest["events"].size() == 1u);
  BOOST_TEST(rest["events"][0]["number"] == 3);
  for (const auto* none : {"/api/traces/8", "/api/traces/x", "/api/traces/-7", "/api/traces/99999999999999999999"})
    BOOST_TEST(ask("GET", none).status == 404, none);
  BOOST_TEST(ask("GET", "/api/traces/7?after=-1").status == 400);
}

BOOST_AUTO_TEST_CASE(a_trace_of_an_account_is_read_by_whoever_gave_the_reason) {
  console.traces_.one.by = policies::trace_by::account;
  BOOST_TEST(ask("GET", "/api/traces/7").status == 200);
  BOOST_TEST(with_token("GET", "/api/traces/7").status == 403); // an admin, and another one
  BOOST_TEST(with_token("GET", "/api/traces").status == 200);
  console.role = policies::operator_role::viewer; // since then
  BOOST_TEST(ask("GET", "/api/traces/7").status == 403);
}

BOOST_AUTO_TEST_CASE(a_trace_is_told_as_it_grows_and_its_stream_ends_with_it) {
  auto client = listen("/api/traces/7/stream?after=1");
  const auto first = event_of(client);
  BOOST_REQUIRE(first["events"].size() == 2u);
  BOOST_TEST(first["events"][0]["number"] == 2);
  BOOST_TEST(first["running"] == true);
  BOOST_TEST(first["dropped"] == 1);
  BOOST_REQUIRE(console.watchers.size() == 1u);
  auto& watcher = *console.watchers[0];
  console.traces_.one.recorded = 4;
  BOOST_TEST(watcher.sampled(console.now));
  const auto second = event_of(client);
  BOOST_REQUIRE(second["events"].size() == 1u);
  BOOST_TEST(second["events"][0]["number"] == 4);
  BOOST_TEST(watcher.sampled(console.now));
  BOOST_TEST(event_of(client)["events"].empty());
  console.traces_.one.ended = policies::trace_end::time;
  BOOST_TEST(!watcher.sampled(console.now));
  BOOST_TEST(event_of(client)["ended"] == "time");
  BOOST_TEST(client.read_chunk().empty());
  BOOST_TEST(!watcher.sampled(console.now));
}

BOOST_AUTO_TEST_CASE(of_a_trace_that_has_ended_the_stream_tells_the_rest_and_ends) {
  console.traces_.one.ended = policies::trace_end::count;
  auto client = listen("/api/traces/7/stream");
  const auto only = event_of(client);
  BOOST_TEST(only["events"].size() == 3u);
  BOOST_TEST(only["running"] == false);
  BOOST_TEST(client.read_chunk().empty());
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_meanwhile_ends_its_stream) {
  auto client = listen("/api/traces/7/stream");
  event_of(client);
  BOOST_REQUIRE(console.watchers.size() == 1u);
  console.traces_.one.id = 8;
  BOOST_TEST(!console.watchers[0]->sampled(console.now));
  BOOST_TEST(client.read_chunk().empty());
}

BOOST_AUTO_TEST_CASE(a_trace_is_told_to_whoever_may_read_it_while_there_is_a_place) {
  BOOST_TEST(with_token("GET", "/api/traces/7/stream", "wrong").status == 401);
  BOOST_TEST(ask("GET", "/api/traces/8/stream").status == 404);
  BOOST_TEST(ask("GET", "/api/traces/7/stream?after=-1").status == 400);
  console.traces_.one.by = policies::trace_by::account;
  const auto of_another = with_token("GET", "/api/traces/7/stream");
  BOOST_TEST(of_another.status == 403);
  BOOST_TEST(json::parse(of_another.body)["code"] == "not_yours");
  console.full = true;
  const auto got = ask("GET", "/api/traces/7/stream");
  BOOST_TEST(got.status == 503);
  BOOST_TEST(!got.header("retry-after").empty());
  BOOST_TEST(console.watchers.empty());
}

BOOST_AUTO_TEST_CASE(the_stream_of_a_trace_ends_with_the_session_of_its_operator) {
  console.forgets = true;
  auto client = listen("/api/traces/7/stream");
  event_of(client);
  BOOST_REQUIRE(console.watchers.size() == 1u);
  int samples = 0;
  while (samples < 100 && console.watchers[0]->sampled(console.now)) {
    client.read_chunk();
    ++samples;
  }
  BOOST_TEST(samples < 60);
}

BOOST_AUTO_TEST_CASE(it_is_stopped_by_whoever_began_it_or_by_an_operator) {
  console.traces_.one.by_whom = "operator:bob";
  console.role = policies::operator_role::viewer;
  BOOST_TEST(ask("DELETE", "/api/traces/7").status == 403);
  BOOST_TEST(console.traces_.stopped == 0);
  console.role = policies::operator_role::keeper;
  const auto got = document("DELETE", "/api/traces/7");
  BOOST_TEST(got["running"] == false);
  BOOST_TEST(got["ended"] == "stopped");
  BOOST_TEST(got["left_ms"] == 0);
  console.traces_.one.by_whom = "operator:ada";
  console.role = policies::operator_role::viewer;
  BOOST_TEST(ask("DELETE", "/api/traces/7").status == 200);
  BOOST_TEST(console.traces_.stopped == 2);
  BOOST_TEST(ask("DELETE", "/api/traces/8").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
