#include "tests/simulator/simulator_client.hpp"

#include <boost/test/unit_test.hpp>

namespace faults {

using namespace easel::simulator;
using namespace easel::simulator::test;

namespace {

const json boat{{"prompt", "a paper boat"}, {"size", "64x64"}};

struct faulty : fixture {
  void once(json fault) {
    fault["count"] = 1;
    behave({{"sub2api", {{"faults", {std::move(fault)}}}}});
  }
  /// Every fault ends by itself: the next call is good again.
  ~faulty() { BOOST_TEST(draw(boat).status == 200); }
};

} // namespace

} // namespace faults

BOOST_FIXTURE_TEST_SUITE(faults, faulty)

BOOST_AUTO_TEST_CASE(reset_before_the_headers_sends_nothing) {
  once({{"kind", "reset"}});
  auto got = draw(boat);
  BOOST_TEST((got.end == wire::reset));
  BOOST_TEST(got.raw.empty());
}

BOOST_AUTO_TEST_CASE(reset_after_the_headers_sends_no_body) {
  once({{"kind", "reset"}, {"after_headers", true}});
  auto got = draw(boat);
  BOOST_TEST((got.end == wire::reset));
  BOOST_TEST(got.body.empty());
}

BOOST_AUTO_TEST_CASE(a_hang_ends_when_the_client_leaves_and_that_is_counted) {
  once({{"kind", "hang"}});
  auto got = ask(sim.port(), "/sub2api/v1/images/generations", boat.dump(), {"POST", "sk-sim-sub2api", {}, true});
  BOOST_TEST(got.raw.empty());
  BOOST_TEST(route_state("sub2api").at("client_gone") == 1);
  BOOST_TEST(route_state("sub2api").at("in_flight") == 0);
}

BOOST_AUTO_TEST_CASE(a_truncated_answer_is_shorter_than_it_promised) {
  once({{"kind", "truncate"}});
  auto got = draw(boat);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(!got.whole);
  BOOST_TEST(got.body.size() == got.promised / 2);
  once({{"kind", "truncate"}, {"bytes", 10}});
  BOOST_TEST(draw(boat).body.size() == 10);
}

BOOST_AUTO_TEST_CASE(a_truncated_stream_lacks_its_last_chunk) {
  once({{"kind", "truncate"}});
  auto body = boat;
  body["stream"] = true;
  auto got = draw(body);
  BOOST_TEST((got.end == wire::closed));
  BOOST_TEST(!got.whole);
}

BOOST_AUTO_TEST_CASE(a_dripping_answer_arrives_whole) {
  once({{"kind", "drip"}, {"bytes", 512}, {"every_ms", 1}});
  auto got = draw(boat);
  BOOST_TEST(got.whole);
  BOOST_TEST(got.parsed().at("data").size() == 1);
}

BOOST_AUTO_TEST_CASE(garbage_replaces_the_body_or_http_itself) {
  once({{"kind", "garbage"}});
  auto body = draw(boat);
  BOOST_TEST(body.status == 200);
  BOOST_TEST(json::parse(body.body, nullptr, false).is_discarded());
  once({{"kind", "garbage"}, {"form", "http"}});
  auto raw = draw(boat);
  BOOST_TEST(raw.status == 0);
  BOOST_TEST(raw.raw.size() >= 64);
}

BOOST_AUTO_TEST_CASE(a_wrong_content_type_keeps_the_body) {
  once({{"kind", "content_type"}, {"content_type", "text/plain"}});
  auto got = draw(boat);
  BOOST_TEST(got.header("content-type") == "text/plain");
  BOOST_TEST(got.parsed().at("data").size() == 1);
}

BOOST_AUTO_TEST_CASE(a_proxy_page_is_html) {
  once({{"kind", "html"}});
  auto got = draw(boat);
  BOOST_TEST(got.status == 502);
  BOOST_TEST(got.header("content-type").rfind("text/html", 0) == 0);
}

BOOST_AUTO_TEST_CASE(an_oversized_answer_goes_on_to_the_asked_size) {
  once({{"kind", "oversized"}, {"bytes", 3'000'000}});
  auto got = draw(boat);
  BOOST_TEST(got.whole);
  BOOST_TEST(got.body.size() >= 3'000'000);
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_counted_as_a_call) {
  once({{"kind", "lost_answer"}});
  BOOST_TEST((draw(boat).end == wire::reset));
  BOOST_TEST(count("sub2api", "a paper boat") == 1);
}

BOOST_AUTO_TEST_CASE(downloads_and_polls_have_faults_of_their_own) {
  behave(json::parse(R"({"kie.task":{"latency":0},"kie.poll":{"faults":[{"kind":"status","status":500,"count":1}]},
    "kie.download":{"faults":[{"kind":"status","status":404,"count":1},{"kind":"truncate","count":1},
    {"kind":"content_type","count":1}]}})"));
  auto id = created("a");
  BOOST_TEST(poll(id).parsed().at("code") == 500);
  BOOST_TEST(record(id).at("state") == "success");
  auto path = "/kie/files/" + id + "/0.png";
  BOOST_TEST(get(path).status == 404);
  BOOST_TEST(!get(path).whole);
  BOOST_TEST(get(path).header("content-type").rfind("text/html", 0) == 0);
  BOOST_TEST(get(path).header("content-type") == "image/png");
  BOOST_TEST(route_state("kie.download").at("faults") == 3);
}

BOOST_AUTO_TEST_SUITE_END()
