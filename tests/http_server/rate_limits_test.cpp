#include "server_fixture.hpp"

#include "http/server/address_limits.hpp"
#include "http/server/rate_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <thread>

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

// A minute brings nothing that a test could wait for: what is let in is the burst.
constexpr policies::address_rates small{{1, 2}, {1, 3}, {1, 1}, {1, 4}};

struct limited_fixture : server_fixture {
  limited_fixture()
      : limited_fixture(std::make_shared<server::address_limits>(server::address_limit_settings{small, 1024})) {}
  explicit limited_fixture(std::shared_ptr<server::address_limits> l)
      : server_fixture({}, behind_an_edge(), l), limits(std::move(l)) {}

  static server::listener_settings behind_an_edge() {
    server::listener_settings net;
    net.trusted_proxies = {"127.0.0.1"};
    return net;
  }

  raw_response from(const std::string& address, std::string_view method, std::string_view target,
                    std::string_view body = {}) {
    return exchange(
      request_text(method, target, "Content-Type: application/json\r\nX-Forwarded-For: " + address + "\r\n", body));
  }

  /// One that is counted, and then refused for its form before any actor hears of it.
  int malformed(const std::string& address, std::string_view method, std::string_view target) {
    return exchange(request_text(method, target, "Host: another\r\nX-Forwarded-For: " + address + "\r\n")).status;
  }

  std::shared_ptr<server::address_limits> limits;
};

std::map<std::string, std::string> headers_of(std::vector<policies::quota> quotas) {
  std::map<std::string, std::string> out;
  for (auto& [name, value] : server::rate_headers(quotas))
    out[name] = value;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_headers)

BOOST_AUTO_TEST_CASE(both_families_tell_of_the_same_limits) {
  const auto got = headers_of({{"address", 3000, 599, 20ms}, {"account", 60, 29, 1s}, {"key", 30, 14, 366s}});
  BOOST_TEST(got.at("RateLimit-Policy") == R"("address";q=3000;w=60, "account";q=60;w=60, "key";q=30;w=60)");
  BOOST_TEST(got.at("RateLimit") == R"("address";r=599;t=1, "account";r=29;t=1, "key";r=14;t=366)");
  BOOST_TEST(got.at("x-ratelimit-limit-requests") == "30");
  BOOST_TEST(got.at("x-ratelimit-remaining-requests") == "14");
  BOOST_TEST(got.at("x-ratelimit-reset-requests") == "6m6s");
}

BOOST_AUTO_TEST_CASE(resets_are_written_as_openai_writes_them) {
  const std::vector<std::pair<duration, std::string>> rows = {{0us, "0s"},      {1us, "1ms"},  {120ms, "120ms"},
                                                              {999ms, "999ms"}, {1s, "1s"},    {1500ms, "2s"},
                                                              {59s, "59s"},     {60s, "1m0s"}, {360s, "6m0s"}};
  for (const auto& [span, text] : rows)
    BOOST_TEST(headers_of({{"key", 1, 0, span}}).at("x-ratelimit-reset-requests") == text);
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_told) { BOOST_TEST(headers_of({}).empty()); }

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_by_address, limited_fixture)

BOOST_AUTO_TEST_CASE(an_address_that_asks_too_often_is_told_when_to_come_back_in_either_envelope) {
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(from("5.6.7.8", "POST", "/v1/generations", "{}").status == 401);
  const auto native = from("5.6.7.8", "POST", "/v1/generations", "{}");
  BOOST_TEST(native.status == 429);
  BOOST_TEST(native.header("content-type") == "application/problem+json");
  BOOST_TEST(json::parse(native.body)["code"] == "rate_limit_exceeded");
  BOOST_TEST(native.header("ratelimit").find("\"address\";r=0;t=") == 0u);
  BOOST_TEST(native.header("x-ratelimit-remaining-requests") == "0");
  BOOST_TEST(native.header("x-should-retry") == "true");
  const auto wait = std::stoi(native.header("retry-after"));
  BOOST_TEST((wait > 0 && wait <= 60));

  const auto openai = from("5.6.7.8", "POST", "/v1/images/generations", "{}");
  BOOST_TEST(openai.status == 429);
  const auto error = json::parse(openai.body)["error"];
  BOOST_TEST(error["code"] == "rate_limit_exceeded");
  BOOST_TEST(error["type"] == "requests");
  BOOST_TEST(openai.body.find("5.6.7.8") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(readings_and_creations_are_counted_apart_and_so_are_addresses) {
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(from("5.6.7.8", "POST", "/v1/generations", "{}").status == (i < 2 ? 401 : 429));
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(from("5.6.7.8", "GET", "/v1/account").status == (i < 3 ? 401 : 429));
  BOOST_TEST(from("5.6.7.9", "GET", "/v1/account").status == 401);
  BOOST_TEST(from("2001:db8::1", "GET", "/v1/account").status == 401);
  BOOST_TEST(from("2001:db8::2", "GET", "/v1/account").status == 401);
  BOOST_TEST(from("2001:db8::3", "GET", "/v1/account").status == 401);
  BOOST_TEST(from("2001:db8::4", "GET", "/v1/account").status == 429); // one line, one /64
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_sign_in_have_a_limit_of_their_own) {
  int n = 0;
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{{"POST", "/sign-in"},
                                                                                       {"GET", "/sign-in/callback"},
                                                                                       {"POST", "/sign-in/confirm"},
                                                                                       {"POST", "/sign-in/decline"}}) {
    const auto address = "5.6.7." + std::to_string(++n);
    BOOST_TEST(malformed(address, method, target) == 400, target);
    BOOST_TEST(malformed(address, "POST", "/sign-in") == 429, target);
    BOOST_TEST(from(address, "POST", "/v1/generations", "{}").status == 401, target);
    BOOST_TEST(from(address, "GET", "/sign-in").status != 429, target);
  }
  BOOST_TEST(limits->metrics().find("easel_address_refused_total{class=\"sign_in\"} 4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(assets_use_up_nothing_that_other_requests_need) {
  for (int i = 0; i < 6; ++i)
    BOOST_TEST((from("5.6.7.8", "GET", "/assets/x/style.css").status == 429) == (i >= 4));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(from("5.6.7.8", "GET", "/v1/account").status == 401);
  BOOST_TEST(from("5.6.7.8", "GET", "/v1/account").status == 429);
}

BOOST_AUTO_TEST_CASE(what_is_no_route_counts_as_a_reading) {
  for (const auto* target : {"/nope", "/healthz", "/v1/nope"})
    BOOST_TEST(from("5.6.7.8", "GET", target).status != 429);
  BOOST_TEST(from("5.6.7.8", "GET", "/nope").status == 429);
  BOOST_TEST(from("5.6.7.8", "PUT", "/healthz").status == 429);
  BOOST_TEST(from("5.6.7.8", "OPTIONS", "/healthz").status == 429);
  BOOST_TEST(from("5.6.7.8", "GET", "/" + std::string(5000, 'a')).status == 429);
}

BOOST_AUTO_TEST_CASE(callbacks_are_not_counted) {
  for (int i = 0; i < 20; ++i) {
    const auto got = from("5.6.7.8", "POST", "/webhooks/kie/token", "{}");
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.header("ratelimit").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_refused_request_never_reaches_the_front_door_and_is_logged) {
  for (int i = 0; i < 4; ++i)
    from("5.6.7.8", "GET", "/v1/account");
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(log.take().status == 401);
  const auto record = log.take();
  BOOST_TEST(record.status == 429);
  BOOST_TEST(record.route == "GET /v1/account");
  BOOST_TEST(record.ip == "5.6.7.8");
  BOOST_TEST(front.questions.empty());
  BOOST_TEST(limits->metrics().find("easel_address_refused_total{class=\"reading\"} 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_account_and_key_have_left_joins_the_answer) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", bearer));
  auto asked = front.questions.take();
  asked.who.notes->counted({{{"account", 1200, 299, 50ms}, {"key", 600, 1, 15s}}});
  asked.reply(unexpected(actors::refusal{actors::refusal::why::too_many_requests, {}, 7s}));
  const auto got = client.read();
  BOOST_TEST(got.status == 429);
  BOOST_TEST(got.header("retry-after") == "7");
  BOOST_TEST(got.header("ratelimit-policy") == R"("address";q=1;w=60, "account";q=1200;w=60, "key";q=600;w=60)");
  BOOST_TEST(got.header("x-ratelimit-remaining-requests") == "1");
  BOOST_TEST(got.header("x-ratelimit-limit-requests") == "600");
}

BOOST_AUTO_TEST_CASE(many_threads_share_one_bucket_without_losing_count) {
  server::address_limits shared({{{60, 60}, {1000, 1000}}, 1024});
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        in += shared.take({0x05060708, false}, policies::request_class::reading, moment{}).wait ? 0 : 1;
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(in == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
