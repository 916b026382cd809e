#include "fake_console_door.hpp"
#include "fake_front_door.hpp"
#include "http/server/listener.hpp"
#include "http/server/operator_api.hpp"
#include "raw_client.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace panels {

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

struct panels_fixture {
  panels_fixture() {
    server::listener_settings net;
    net.port = 0;
    server::operator_settings operators;
    operators.token = secret_text("right");
    listener = std::move(
      *server::listener::open(net, server::operator_api(front, console, operators, [] { return std::string(); }), {}));
  }
  raw_response get(std::string_view target, std::string_view token = "right") {
    raw_client client(listener->port());
    client.send(request_text("GET", target, "Authorization: Bearer " + std::string(token) + "\r\n"));
    return client.read();
  }
  json ask(std::string_view target) {
    const auto got = get(target);
    BOOST_TEST(got.status == 200, target);
    return json::parse(got.body);
  }
  fake_front_door front;
  fake_console_door console;
  std::unique_ptr<server::listener> listener;
};

constexpr std::array<const char*, 6> routes{"/api/ledger", "/api/billing",  "/api/privacy",
                                            "/api/nodes",  "/api/sessions", "/api/configuration"};

} // namespace

} // namespace panels

BOOST_FIXTURE_TEST_SUITE(panels, panels_fixture)

BOOST_AUTO_TEST_CASE(each_panel_wants_an_operator_and_takes_no_parameter_that_it_does_not_know) {
  for (const auto* route : routes) {
    BOOST_TEST(get(route).status == 200, route);
    BOOST_TEST(get(route, "wrong").status == 401, route);
    const auto odd = get(std::string(route) + "?account=acct_1");
    BOOST_TEST(odd.status == 400, route);
    BOOST_TEST(json::parse(odd.body)["field"] == "account", route);
  }
}

BOOST_AUTO_TEST_CASE(a_panel_that_the_database_does_not_answer_says_when_to_come_back) {
  for (const auto fault : {actors::console_fault::unavailable, actors::console_fault::overloaded}) {
    console.panels_.fault = fault;
    for (const auto* route : {"/api/ledger", "/api/billing", "/api/privacy", "/api/nodes"}) {
      const auto got = get(route);
      BOOST_TEST(got.status == 503, route);
      BOOST_TEST(!got.header("retry-after").empty(), route);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_panel_that_failed_says_when_it_did_and_when_it_is_tried_again) {
  console.panels_.fault = actors::panel_fault(actors::console_fault::unavailable, 12s, 20s);
  const auto got = get("/api/ledger");
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.header("retry-after") == "20");
  BOOST_TEST(
    json::parse(got.body)["detail"].get<std::string>().find("It was asked 12 s ago, and is asked again in 20 s.")
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_ledger_tells_whether_it_balances_and_by_how_much_not) {
  auto got = ask("/api/ledger");
  BOOST_TEST(got["balance"]["balanced"] == true);
  BOOST_TEST(got["balance"]["sum"] == 0);
  BOOST_TEST(got["balance"]["books"][1]["book"] == "available");
  BOOST_TEST(got["balance"]["books"][1]["credits"] == 70);
  BOOST_TEST(got["entries"][0]["kind"] == "granted");
  BOOST_TEST(got["entries"][0]["today"]["credits"] == 40);
  BOOST_TEST(got["entries"][0]["month"]["entries"] == 2);
  BOOST_TEST(got["holds"][0]["credits"] == 10);
  BOOST_TEST(got["oldest_hold_ms"] == 5000);
  console.panels_.books.books->remaining = 71;
  console.panels_.books.books->held = 8;
  got = ask("/api/ledger");
  BOOST_TEST(got["balance"]["balanced"] == false);
  BOOST_TEST(got["balance"]["drift"]["available"] == 1);
  BOOST_TEST(got["balance"]["drift"]["held"] == -2);
  console.panels_.books.books.reset();
  got = ask("/api/ledger");
  BOOST_TEST(got["balance"].is_null());
  BOOST_TEST(got["entries"].is_null());
  BOOST_TEST(got["holds"].size() == 2u);
}

BOOST_AUTO_TEST_CASE(billing_tells_the_inbox_the_sweeps_and_what_is_open_with_its_age) {
  const auto got = ask("/api/billing");
  BOOST_TEST(got["sells"] == true);
  BOOST_TEST(got["inbox"][0]["oldest_ms"].is_null());
  BOOST_TEST(got["inbox"][1]["ages"][0]["count"] == 1);
  BOOST_TEST(got["parked"][0]["reason"] == "wrong_amount");
  BOOST_TEST(got["parked"][0]["oldest_ms"] == 120'000);
  BOOST_TEST(got["sweeps"][0]["took_ms"] == 250);
  BOOST_TEST(got["sweeps"][0]["found"] == 1);
  BOOST_TEST(got["sweeps"][1]["took_ms"].is_null());
  const auto open = got["differences"][0];
  BOOST_TEST(open["event"] == "evt_1");
  BOOST_TEST(open["amount"] == 700);
  BOOST_TEST(open["age_ms"] == 120'000);
  for (const auto* hidden : {"customer", "account", "billing_id"})
    BOOST_TEST(!open.contains(hidden), hidden);
}

BOOST_AUTO_TEST_CASE(a_clause_is_kept_by_a_fresh_proof_alone) {
  auto got = ask("/api/privacy");
  const auto clauses = got["audit"]["clauses"];
  BOOST_REQUIRE(clauses.size() == 2u);
  BOOST_TEST(clauses[0]["kept"] == true);
  BOOST_TEST(clauses[0]["figures"][0]["value"] == "7");
  BOOST_TEST(!clauses[0]["promise"].get<std::string>().empty());
  BOOST_TEST(clauses[1]["finding"] == "kept");
  BOOST_TEST(clauses[1]["kept"] == false);
  BOOST_TEST(clauses[1]["age_ms"] == 180'000);
  BOOST_TEST(got["audit"]["due"][0]["overdue_ms"] == 30'000);
  BOOST_TEST(got["retention"]["clock"]["believed"] == true);
  BOOST_TEST(got["retention"]["last"].is_null());
  BOOST_TEST(got["retention"]["day"]["by_table"]["image"] == 9);
  console.panels_.audits = false;
  got = ask("/api/privacy");
  BOOST_TEST(got["audit"].is_null());
  BOOST_TEST(got["retention"]["day"]["rounds"] == 4);
}

BOOST_AUTO_TEST_CASE(nodes_are_told_with_what_their_rows_say_and_who_does_what_is_done_once) {
  const auto got = ask("/api/nodes");
  std::vector<std::string> states;
  for (const auto& one : got["nodes"])
    states.push_back(one["state"]);
  BOOST_TEST(states == (std::vector<std::string>{"alive", "silent", "taken over"}), boost::test_tools::per_element());
  BOOST_TEST(got["nodes"][0]["this"] == true);
  BOOST_TEST(got["nodes"][1]["this"] == false);
  BOOST_TEST(got["singletons"][0]["what"] == "reaper");
  BOOST_TEST(got["singletons"][0]["this"] == true);
  BOOST_TEST(got["singletons"][1]["process"].is_null());
  BOOST_TEST(got["process"]["threads"] == 12);
}

BOOST_AUTO_TEST_CASE(sessions_are_counted_by_tier_and_listed_by_what_is_asked) {
  const auto got = ask("/api/sessions?sort=age&limit=7");
  BOOST_TEST(got["tiers"][0]["tier"] == "free");
  BOOST_TEST(got["tiers"][1]["rate"] == 2);
  BOOST_TEST(got["sessions"].size() == 2u);
  BOOST_REQUIRE(!console.questions.empty());
  BOOST_TEST(console.questions.back().kind == "session");
  BOOST_TEST((console.questions.back().by == actors::actor_order::age));
  BOOST_TEST(console.questions.back().limit == 7u);
  BOOST_TEST(get("/api/sessions?sort=luck").status == 400);
}

BOOST_AUTO_TEST_CASE(the_configuration_is_told_key_by_key) {
  const auto got = ask("/api/configuration")["settings"];
  BOOST_TEST(got[0]["key"] == "operator.token");
  BOOST_TEST(got[0]["secret"] == true);
  BOOST_TEST(got[0]["value"] == "set");
  BOOST_TEST(got[1]["default"] == true);
}

BOOST_AUTO_TEST_SUITE_END()
