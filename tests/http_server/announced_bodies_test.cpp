#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>
#include <thread>

namespace announced_bodies {

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view waits = "Expect: 100-continue\r\n";

/// The head of a request with the key of the tests, whose body may follow or not.
std::string announced(std::string_view method, std::string_view target, std::size_t length,
                      std::string_view fields = {}) {
  return std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(json_bearer)
         + "Content-Length: " + std::to_string(length) + "\r\n" + std::string(fields) + "\r\n";
}

struct announced_fixture : server_fixture {
  using server_fixture::server_fixture;

  const std::string body = R"({"prompt":"boat"})";

  /// What was sent is whole: it reaches the front door, and the client learns how that went.
  void is_taken(raw_client& client) {
    auto call = front.creates.take();
    BOOST_TEST(call.what.request.prompt.reveal() == "boat");
    call.watcher->refused({});
    BOOST_TEST(client.read().status >= 200);
  }
  /// The connection ends with the only answer that there is, whatever follows.
  void is_refused(raw_client& client, int status) {
    const auto got = client.read();
    BOOST_TEST(got.status == status);
    BOOST_TEST(got.header("connection") == "close");
    BOOST_TEST(!got.body.empty());
    BOOST_TEST(client.at_end());
    BOOST_TEST(log.take().status == status);
    BOOST_TEST(log.empty());
    BOOST_TEST(front.creates.empty());
  }
};

struct hurried_fixture : announced_fixture {
  static server::listener_settings hurried() {
    server::listener_settings net;
    net.linger_limit = 100ms;
    return net;
  }
  hurried_fixture() : announced_fixture({}, hurried()) {}
};

} // namespace

} // namespace announced_bodies

BOOST_FIXTURE_TEST_SUITE(announced_bodies, announced_fixture)

BOOST_AUTO_TEST_CASE(who_waits_for_it_is_told_to_go_on) {
  auto client = connect();
  for (const auto* fields : {"Expect: 100-continue\r\n", "expect: 100-Continue \t\r\n", "Expect: , 100-continue\r\n",
                             "Expect: 100-continue\r\nExpect: 100-continue\r\n"})
    BOOST_TEST_CONTEXT(fields) {
      client.send(announced("POST", "/v1/generations", body.size(), fields));
      BOOST_TEST(client.read_head().status == 100);
      client.send(body);
      is_taken(client);
    }
}

BOOST_AUTO_TEST_CASE(a_head_in_pieces_and_a_body_in_chunks_change_nothing) {
  auto client = connect();
  const auto head = announced("POST", "/v1/generations", body.size(), waits);
  client.send(head.substr(0, 30));
  client.send(head.substr(30));
  BOOST_TEST(client.read_head().status == 100);
  client.send(body.substr(0, 4));
  client.send(body.substr(4));
  is_taken(client);
  client.send("POST /v1/generations HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n" + std::string(json_bearer)
              + std::string(waits) + "\r\n");
  BOOST_TEST(client.read_head().status == 100);
  client.send("11\r\n" + body + "\r\n0\r\n\r\n");
  is_taken(client);
}

BOOST_AUTO_TEST_CASE(who_does_not_wait_is_told_nothing_between) {
  auto client = connect();
  client.send(announced("POST", "/v1/generations", body.size(), waits) + body);
  is_taken(client);
  client.send(announced("POST", "/v1/generations", body.size()) + body.substr(0, 4));
  client.send(body.substr(4));
  is_taken(client);
  client.send(request_text("GET", "/healthz", waits));
  BOOST_TEST(client.read().status == 200);
  client.send("POST /v1/generations HTTP/1.0\r\nHost: test\r\nContent-Length: 17\r\n" + std::string(json_bearer)
              + std::string(waits) + "\r\n");
  client.send(body);
  is_taken(client); // a client of HTTP/1.0 does not know what 100 means
}

BOOST_AUTO_TEST_CASE(what_would_be_refused_is_refused_before_its_body) {
  struct row {
    std::string_view method, target;
    std::size_t length;
    int status;
  };
  for (const auto& [method, target, length, status] : {
         row{"POST", "/v1/generations", 600'000, 413},
         row{"POST", "/v1/images/generations", 9'000'000, 413},
         row{"POST", "/nope", 10, 404},
         row{"PUT", "/healthz", 10, 405},
         row{"POST", "/v1/images/edits", 10, 400},
         row{"POST", "/v1/images/variations", 50'000'000, 400},
       })
    BOOST_TEST_CONTEXT(method << ' ' << target) {
      auto client = connect();
      client.send(announced(method, target, length, waits));
      is_refused(client, status);
    }
}

BOOST_AUTO_TEST_CASE(other_expectations_are_not_met) {
  for (const auto* fields : {"Expect: coffee\r\n", "Expect: 100-continue, coffee\r\n",
                             "Expect: 100-continue\r\nExpect: 100-continue;q=1\r\n"})
    BOOST_TEST_CONTEXT(fields) {
      auto client = connect();
      client.send(announced("POST", "/v1/generations", body.size(), fields));
      is_refused(client, 417);
    }
  auto client = connect();
  client.send(request_text("GET", "/healthz", "Expect: coffee\r\n"));
  const auto got = client.read();
  BOOST_TEST(got.status == 417);
  BOOST_TEST(json::parse(got.body)["code"] == "expectation_failed");
  client.send(request_text("GET", "/healthz", "Expect:\r\n")); // nothing is left unread, so the connection goes on
  BOOST_TEST(client.read().status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_hard_limit_is_refused_with_a_reason_that_can_be_read) {
  const std::string much(3u << 20, 'x');
  {
    auto client = connect();
    client.send(announced("POST", "/v1/generations", 9'000'000));
    client.send_whatever_is_taken(much);
    is_refused(client, 413);
  }
  {
    auto client = connect();
    client.send(announced("POST", "/v1/images/generations", much.size()));
    client.send_whatever_is_taken(much);
    const auto got = client.read();
    BOOST_TEST(got.status == 413);
    BOOST_TEST(json::parse(got.body)["error"]["code"] == "request_too_large");
  }
  auto client = connect();
  client.send(announced("POST", "/v1/images/edits", much.size()));
  client.send_whatever_is_taken(much);
  const auto got = client.read();
  BOOST_TEST(got.status == 400);
  BOOST_TEST(json::parse(got.body)["error"]["code"] == "unsupported_operation");
}

BOOST_AUTO_TEST_CASE(nothing_in_a_body_that_was_not_read_is_taken_for_a_request) {
  const auto next = request_text("GET", "/healthz");
  {
    auto client = connect();
    client.send(announced("POST", "/v1/generations", 9'000'000) + next);
    is_refused(client, 413);
  }
  {
    auto client = connect();
    client.send(announced("POST", "/v1/generations", 9'000'000, "Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n")
                + next);
    is_refused(client, 413);
  }
  {
    auto client = connect();
    client.send("POST /nope HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n" + std::string(waits) + "\r\n"
                + next);
    is_refused(client, 404);
  }
  auto client = connect();
  client.send("POST /v1/generations HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\nContent-Length: 9000000\r\n\r\n"
              + next);
  is_refused(client, 413);
}

BOOST_AUTO_TEST_CASE(a_request_behind_another_is_refused_in_its_turn) {
  auto client = connect();
  client.send(request_text("GET", "/healthz") + announced("POST", "/v1/generations", 9'000'000));
  BOOST_TEST(client.read().status == 200);
  BOOST_TEST(log.take().status == 200);
  is_refused(client, 413);
}

BOOST_FIXTURE_TEST_CASE(whoever_goes_on_sending_after_a_refusal_is_cut_off, hurried_fixture) {
  auto silent = connect(), busy = connect();
  for (auto* client : {&silent, &busy}) {
    client->send(announced("POST", "/v1/generations", 9'000'000));
    is_refused(*client, 413);
  }
  const std::string piece(64u << 10, 'x');
  const auto is_listened_to = [&] {
    try {
      busy.send(piece);
      return true;
    } catch (const std::exception&) {
      return false;
    }
  };
  while (is_listened_to())
    continue;
  while (listener->open_connections() > 0)
    std::this_thread::yield();
  BOOST_TEST(exchange(request_text("GET", "/healthz")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
