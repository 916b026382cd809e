#include "http/client/google_client.hpp"

#include "http/client/curl_transport.hpp"
#include "tests/http_client/loopback_server.hpp"
#include "tests/http_client/printing.hpp"
#include "tests/http_client/scripted_transport.hpp"
#include "tests/http_client/signing.hpp"

#include <future>

BOOST_AUTO_TEST_SUITE(google_client_suite)

using namespace easel;
using namespace easel::client;
using namespace easel::test;
using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;

namespace {

const google::endpoints googles{"https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token",
                                "https://www.googleapis.com/oauth2/v3/certs"};
const google::code_exchange an_exchange{secret_text("a-code"), secret_text("a-verifier"), "https://us.example/cb"};

google_settings settings() {
  google_settings out;
  out.token.client_id = "us";
  out.client_secret = secret_text("hush");
  return out;
}

template <class T>
struct reported {
  int times = 0;
  std::optional<expected<T, upstream_failure>> last;

  completion<T> here() {
    return [this](expected<T, upstream_failure> got) {
      ++times;
      last = std::move(got);
    };
  }
};

struct fixture {
  scripted_transport net;
  std::unique_ptr<google_client> client = make_google_client(net, settings());
  reported<google::discovery_document> discovered;
  reported<key_set> fetched;
  reported<secret_text> exchanged;

  scripted_transport::held& only_call() {
    BOOST_REQUIRE_EQUAL(net.calls.size(), 1);
    return net.calls.front();
  }
};

json discovery_of(const std::string& issuer, const google::endpoints& at) {
  return {{"issuer", issuer},
          {"authorization_endpoint", at.authorization},
          {"token_endpoint", at.token},
          {"jwks_uri", at.keys}};
}

/// Starts a call and waits for what it reports.
template <class T, class Start>
expected<T, upstream_failure> outcome_of(Start start) {
  std::promise<expected<T, upstream_failure>> promise;
  auto pending = promise.get_future();
  start([&](expected<T, upstream_failure> got) { promise.set_value(std::move(got)); });
  BOOST_REQUIRE((pending.wait_for(std::chrono::seconds(60)) == std::future_status::ready));
  return pending.get();
}

/// A stand-in for Google on loopback, and a client that may call it and nobody else.
struct loopback_fixture {
  explicit loopback_fixture(std::function<void(peer&, int)> script) : server(std::move(script)) {
    curl_settings network;
    network.hosts[recipient::google] = {server.host()};
    network.allow_loopback = true;
    net = make_curl_transport(network);
    auto own = settings();
    own.token.issuer = "http://" + server.host();
    own.hosts = {server.host()};
    own.allow_loopback = true;
    client = make_google_client(*net, own);
    at = {server.url("/auth"), server.url("/token"), server.url("/certs")};
  }
  expected<key_set, upstream_failure> keys() {
    return outcome_of<key_set>([&](auto done) { client->fetch_keys(at, done); });
  }

  loopback_server server;
  std::unique_ptr<curl_transport> net;
  std::unique_ptr<google_client> client;
  google::endpoints at;
};

/// Answers every request alike.
auto always(std::string body, std::string headers = "", std::string status = "200 OK") {
  return [=](peer& client, int) {
    while (client.read())
      client.answer(body, headers, status);
  };
}

} // namespace

BOOST_FIXTURE_TEST_CASE(discovery_is_asked_at_the_issuer_without_anything_of_ours, fixture) {
  client->discover(discovered.here());
  const auto& call = only_call().call;
  BOOST_TEST((call.to == recipient::google));
  BOOST_TEST(call.method == "GET");
  BOOST_TEST(call.url == "https://accounts.google.com/.well-known/openid-configuration");
  BOOST_TEST(call.headers.empty());
  BOOST_TEST(call.limits.max_body == 64u << 10);
  only_call().answer(200, "application/json", discovery_of("https://accounts.google.com", googles).dump());
  BOOST_TEST(discovered.times == 1);
  BOOST_REQUIRE(discovered.last->has_value());
  BOOST_TEST(((*discovered.last)->at == googles));
}

BOOST_FIXTURE_TEST_CASE(a_discovered_endpoint_on_another_host_is_refused, fixture) {
  for (const auto part : {&google::endpoints::authorization, &google::endpoints::token, &google::endpoints::keys})
    for (const auto* elsewhere : {"https://evil.example/", "http://accounts.google.com/", "https://127.0.0.1/",
                                  "https://www.googleapis.com:8443/"}) {
      auto at = googles;
      at.*part = elsewhere;
      net.calls.clear();
      client->discover(discovered.here());
      only_call().answer(200, "application/json", discovery_of("https://accounts.google.com", at).dump());
      BOOST_REQUIRE(!discovered.last->has_value());
      BOOST_TEST(discovered.last->error().code == "foreign_endpoint");
      BOOST_TEST(discovered.last->error().what == failure_class::our_account);
    }
}

BOOST_FIXTURE_TEST_CASE(keys_are_fetched_without_anything_of_ours, fixture) {
  client->fetch_keys(googles, fetched.here());
  const auto& call = only_call().call;
  BOOST_TEST((call.to == recipient::google));
  BOOST_TEST(call.method == "GET");
  BOOST_TEST(call.url == googles.keys);
  BOOST_TEST(call.headers.empty());
  only_call().answer(200, "application/json", json{{"keys", json::array({rsa_pair::issuer().jwk("k1")})}}.dump());
  BOOST_REQUIRE(fetched.last->has_value());
  BOOST_TEST((*fetched.last)->find("k1") != nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_code_is_exchanged_once_as_a_form_and_never_repeated, fixture) {
  client->exchange(googles, an_exchange, exchanged.here());
  const auto& call = only_call().call;
  BOOST_TEST((call.to == recipient::google));
  BOOST_TEST(call.method == "POST");
  BOOST_TEST(call.url == googles.token);
  BOOST_TEST(!call.repeatable);
  BOOST_TEST(only_call().header("Content-Type") == "application/x-www-form-urlencoded");
  BOOST_TEST(only_call().header("Authorization") == "");
  BOOST_TEST(call.body == google::encode_exchange(an_exchange, "us", secret_text("hush")));
  only_call().answer(200, "application/json", R"({"access_token":"x","id_token":"a.b.c"})");
  BOOST_TEST(exchanged.times == 1);
  BOOST_TEST((*exchanged.last)->reveal() == "a.b.c");
}

BOOST_FIXTURE_TEST_CASE(no_secret_goes_to_an_endpoint_on_another_host, fixture) {
  auto at = googles;
  at.token = "https://oauth2.googleapis.com.evil.example/token";
  client->exchange(at, an_exchange, exchanged.here());
  BOOST_TEST(only_call().call.url.empty());
  BOOST_TEST(only_call().call.body.empty());
  BOOST_TEST(exchanged.times == 0); // never inline
  only_call().sink->on_end(wire_end::not_sent);
  BOOST_TEST(exchanged.last->error().code == "foreign_endpoint");
  net.calls.clear();
  at.keys = "http://www.googleapis.com/oauth2/v3/certs";
  client->fetch_keys(at, fetched.here());
  BOOST_TEST(only_call().call.url.empty());
  only_call().sink->on_end(wire_end::not_sent);
  BOOST_TEST(fetched.last->error().code == "foreign_endpoint");
}

BOOST_FIXTURE_TEST_CASE(an_end_on_the_wire_is_reported_as_what_it_was, fixture) {
  client->exchange(googles, an_exchange, exchanged.here());
  only_call().answer(200, "application/json", R"({"id_token":"a.b.c"})", wire_end::reset);
  BOOST_TEST(exchanged.last->error().what == failure_class::ambiguous);
  net.calls.clear();
  client->exchange(googles, an_exchange, exchanged.here());
  only_call().sink->on_end(wire_end::timed_out);
  BOOST_TEST(exchanged.last->error().what == failure_class::timed_out);
}

BOOST_AUTO_TEST_CASE(the_age_of_keys_is_read_from_the_wire) {
  const auto body = json{{"keys", json::array({rsa_pair::issuer().jwk("k1")})}}.dump();
  loopback_fixture stand_in(always(body, "Cache-Control: public, max-age=19826, must-revalidate\r\n"));
  const auto set = stand_in.keys();
  BOOST_REQUIRE(set.has_value());
  BOOST_TEST((set->max_age == duration(std::chrono::seconds(19826))));
  loopback_fixture silent(always(body));
  BOOST_TEST(!silent.keys()->max_age);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_a_failure_and_not_followed) {
  loopback_fixture stand_in(always("", "Location: /elsewhere\r\n", "302 Found"));
  BOOST_TEST(stand_in.keys().error().what == failure_class::our_account);
  BOOST_TEST(stand_in.server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_above_64_kib_is_given_up) {
  loopback_fixture stand_in(always(std::string((64u << 10) + 1, ' ')));
  BOOST_TEST(stand_in.keys().error().code == "answer_too_large");
}

BOOST_AUTO_TEST_CASE(a_code_travels_over_a_real_connection_and_comes_back_as_a_token) {
  std::promise<std::string> sent;
  loopback_fixture stand_in([&](peer& client, int) {
    if (const auto got = client.read()) {
      sent.set_value(got->body);
      client.answer(R"({"id_token":"a.b.c","access_token":"x"})", "Content-Type: application/json\r\n");
    }
  });
  const auto token =
    outcome_of<secret_text>([&](auto done) { stand_in.client->exchange(stand_in.at, an_exchange, done); });
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST(token->reveal() == "a.b.c");
  BOOST_TEST(sent.get_future().get() == google::encode_exchange(an_exchange, "us", secret_text("hush")));
}

BOOST_AUTO_TEST_CASE(a_lost_answer_to_a_code_is_not_asked_for_again) {
  loopback_fixture stand_in([](peer& client, int) {
    if (client.read())
      client.reset();
  });
  const auto token =
    outcome_of<secret_text>([&](auto done) { stand_in.client->exchange(stand_in.at, an_exchange, done); });
  BOOST_TEST(token.error().what == failure_class::ambiguous);
  BOOST_TEST(stand_in.server.connections() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
