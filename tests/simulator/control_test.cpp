#include "tests/simulator/simulator_client.hpp"

#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <boost/test/unit_test.hpp>

namespace control {

using namespace easel::simulator;
using namespace easel::simulator::test;

namespace {

/// Requests on one kept connection; the last asks the server to close.
std::string pipeline(std::uint16_t port, int requests) {
  std::string text;
  for (int i = 1; i <= requests; ++i)
    text +=
      "GET /control/state HTTP/1.1\r\nHost: x\r\n" + std::string(i == requests ? "Connection: close\r\n" : "") + "\r\n";
  return send_raw(port, text).raw;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

} // namespace

} // namespace control

BOOST_FIXTURE_TEST_SUITE(control, fixture)

BOOST_AUTO_TEST_CASE(a_call_is_counted_and_remembered_with_its_prompt_unchanged) {
  const std::string prompt = "  ein Boot \xf0\x9f\x9a\xa4, \"quoted\" & 100% + more\n";
  draw({{"prompt", prompt}, {"size", "64x64"}, {"quality", "low"}});
  BOOST_TEST(count("sub2api", prompt) == 1);
  BOOST_TEST(count("sub2api", "ein Boot") == 0);
  auto got = get("/control/received?route=sub2api&limit=5").parsed();
  BOOST_TEST_REQUIRE(got.size() == 1);
  BOOST_TEST(got[0].at("prompt") == prompt);
  BOOST_TEST(got[0].at("body").at("quality") == "low");
  BOOST_TEST(got[0].at("header_names").get<std::string>().find("authorization") != std::string::npos);
  BOOST_TEST(got[0].dump().find("sk-sim") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(counters_tell_calls_bytes_and_faults_apart) {
  behave(json::parse(R"({"moderation":{"faults":[{"kind":"status","status":500,"count":1}]}})"));
  moderate("a");
  moderate("b");
  auto counters = route_state("moderation");
  BOOST_TEST(counters.at("calls") == 2);
  BOOST_TEST(counters.at("faults") == 1);
  BOOST_TEST(counters.at("events").at("status") == 1);
  BOOST_TEST(counters.at("bytes").get<int>() > 1000);
  BOOST_TEST(counters.at("in_flight") == 0);
}

BOOST_AUTO_TEST_CASE(the_memory_is_bounded_and_says_when_it_forgot) {
  journal book;
  http_request request;
  for (int i = 0; i < 10'001; ++i)
    (void)book.begin(route::moderation, request, "p" + std::to_string(i), nullptr);
  BOOST_TEST(book.count(route::moderation, std::nullopt).at("count") == 10'000);
  BOOST_TEST(book.count(route::moderation, std::nullopt).at("complete") == false);
  BOOST_TEST(book.counters().at("moderation").at("calls") == 10'001);
}

BOOST_AUTO_TEST_CASE(reset_forgets_everything) {
  behave(json::parse(R"({"moderation":{"faults":[{"kind":"reset"}]}})"));
  BOOST_TEST((moderate("a").end == wire::reset));
  BOOST_TEST(post("/control/reset", json::object()).status == 200);
  BOOST_TEST(route_state("moderation").at("calls") == 0);
  BOOST_TEST(moderate("a").status == 200);
}

BOOST_AUTO_TEST_CASE(mistakes_in_a_behaviour_are_answered_with_400) {
  BOOST_TEST(post("/control/behaviour", {{"sub2api", {{"typo", 1}}}}).status == 400);
  BOOST_TEST(ask(sim.port(), "/control/behaviour", "{", {}).status == 400);
  BOOST_TEST(get("/control/received?route=nowhere").status == 400);
  BOOST_TEST(get("/control/received?limit=x").status == 400);
  BOOST_TEST(get("/control/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(the_page_for_people_says_that_all_is_simulated) {
  auto page = get("/");
  BOOST_TEST(page.header("content-type").rfind("text/html", 0) == 0);
  BOOST_TEST(page.header("x-simulated") == "easel");
  BOOST_TEST(page.body.find("Simulated upstreams") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(requests_may_follow_each_other_on_one_connection) {
  BOOST_TEST(times(pipeline(sim.port(), 3), "HTTP/1.1 200") == 3);
}

BOOST_AUTO_TEST_CASE(malformed_requests_get_400_and_the_server_lives) {
  for (const char* bad : {"NONSENSE\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                          "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", "GET control HTTP/1.1\r\n\r\n"})
    BOOST_TEST(send_raw(sim.port(), bad).status == 400, bad);
  BOOST_TEST(send_raw(sim.port(), "GET / HTTP/1.1\r\nHo", true).raw.empty());
  BOOST_TEST(send_raw(sim.port(), "GET / HTTP/1.1\r\n" + std::string(200, 'a') + "\r\n\r\n").status == 400);
  BOOST_TEST(get("/no/such/route").status == 404);
  BOOST_TEST(get("/openai/v1/moderations").status == 405);
  BOOST_TEST(get("/control/state").status == 200);
}

BOOST_AUTO_TEST_CASE(deep_json_and_binary_bodies_are_refused) {
  auto path = "/sub2api/v1/images/generations";
  BOOST_TEST(ask(sim.port(), path, std::string(100'000, '['), {"POST", "sk-sim-sub2api", {}, false}).status == 400);
  auto deep = R"({"prompt":"x","a":)" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
  BOOST_TEST(ask(sim.port(), path, deep, {"POST", "sk-sim-sub2api", {}, false}).status == 400);
  BOOST_TEST(ask(sim.port(), "/control/behaviour", deep, {}).status == 400);
  BOOST_TEST(ask(sim.port(), path, std::string("\0\xff\xfe", 3), {"POST", "sk-sim-sub2api", {}, false}).status == 400);
}

BOOST_AUTO_TEST_CASE(a_body_beyond_one_mebibyte_gets_413) {
  BOOST_TEST(ask(sim.port(), "/control/reset", std::string((1u << 20) + 1, ' '), {}).status == 413);
  BOOST_TEST(ask(sim.port(), "/control/reset", std::string(1u << 20, ' '), {}).status == 200);
}

BOOST_AUTO_TEST_CASE(only_loopback_addresses_are_listened_on) {
  for (const char* address : {"0.0.0.0", "192.0.2.1", "::1", "localhost"}) {
    settings s;
    s.address = address;
    BOOST_CHECK_THROW(server{s}, std::runtime_error);
  }
}

BOOST_AUTO_TEST_SUITE_END()
