#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>

using namespace easel;
using namespace easel::tests;

namespace {

/// A POST with the key of the tests, its framing as the test wants it.
std::string framed_post(std::string_view framing, std::string_view rest) {
  return "POST /v1/generations HTTP/1.1\r\nHost: test\r\n" + std::string(json_bearer) + std::string(framing) + "\r\n"
         + std::string(rest);
}

std::ptrdiff_t heap_in_use() {
  const auto now = ::mallinfo2();
  return static_cast<std::ptrdiff_t>(now.uordblks + now.hblkhd);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(routing, server_fixture)

BOOST_AUTO_TEST_CASE(unknown_addresses_are_404_in_the_envelope_that_the_asker_can_read) {
  for (const std::string_view target : {"/nope", "/v1/generations/a/b", "/webhooks/kie", "/webhooks/kie/"}) {
    const auto got = exchange(request_text("GET", target));
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(got.status == 404);
      BOOST_TEST(json::parse(got.body)["code"] == "not_found");
    }
  }
  const auto got = exchange(request_text("POST", "/v1/chat/completions", json_bearer, "{}"));
  BOOST_TEST(got.status == 404);
  BOOST_TEST(json::parse(got.body)["error"]["code"] == "not_found");
}

BOOST_AUTO_TEST_CASE(another_method_is_405_and_told_which_are_allowed) {
  const std::vector<std::array<std::string, 3>> rows = {
    {"GET", "/v1/images/generations", "POST, OPTIONS"},
    {"PUT", "/v1/generations", "POST, GET, HEAD, OPTIONS"},
    {"POST", "/v1/generations/x", "GET, HEAD, DELETE, OPTIONS"},
    {"PATCH", "/healthz", "GET, HEAD, OPTIONS"},
    {"GET", "/webhooks/kie/token", "POST, OPTIONS"},
  };
  for (const auto& [method, target, allow] : rows) {
    const auto got = exchange(request_text(method, target));
    BOOST_TEST_CONTEXT(method << ' ' << target) {
      BOOST_TEST(got.status == 405);
      BOOST_TEST(got.header("allow") == allow);
    }
  }
  // A path that two patterns match serves what either can do.
  BOOST_TEST(exchange(request_text("PUT", "/v1/generations/quote")).header("allow").find("POST") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(options_tells_the_methods_and_cors_stays_closed) {
  const auto got = exchange(request_text("OPTIONS", "/v1/images/generations",
                                         "Origin: https://example.com\r\nAccess-Control-Request-Method: POST\r\n"));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("allow") == "POST, OPTIONS");
  BOOST_TEST(got.header("access-control-allow-origin").empty());
  BOOST_TEST(got.body.empty());
  BOOST_TEST(exchange(request_text("OPTIONS", "*")).status == 200);
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body) {
  auto client = connect();
  client.send(request_text("HEAD", "/healthz"));
  const auto got = client.read(true);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("content-length") == "3");
  client.send(request_text("GET", "/healthz"));
  BOOST_TEST(client.read().body == "ok\n");
}

BOOST_AUTO_TEST_CASE(a_request_needs_exactly_one_host) {
  BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\n\r\n").status == 400);
  BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status == 400);
  BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n").status == 400);
  BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n").status == 400);
  for (const auto* host : {"", "a b", "a, b", "a/b", "user@a", "a?b", "\xc3\xa4"})
    BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").status == 400, host);
  for (const auto* host : {"a", "a:8080", "[::1]:8080", "a_b.example", "a \t"})
    BOOST_TEST(exchange("GET /healthz HTTP/1.1\r\nhost: " + std::string(host) + "\r\n\r\n").status == 200, host);
}

BOOST_AUTO_TEST_CASE(targets_come_in_origin_and_in_absolute_form) {
  BOOST_TEST(exchange(request_text("GET", "http://test/healthz")).status == 200);
  BOOST_TEST(exchange(request_text("GET", "/healthz/")).status == 200);
  BOOST_TEST(exchange(request_text("GET", "/healthz?probe=1")).status == 200);
  BOOST_TEST(exchange(request_text("GET", "/healthz//")).status == 404);
  BOOST_TEST(exchange(request_text("GET", "//healthz")).status == 404);
  BOOST_TEST(exchange(request_text("GET", "HTTP://test/healthz")).status == 200);
  BOOST_TEST(exchange(request_text("GET", "http://test?probe=/healthz")).status == 303); // "/" leads to the sign-in
  BOOST_TEST(exchange(request_text("GET", "http://user:word@test/healthz")).status == 400);
  BOOST_TEST(exchange(request_text("GET", "http://test/healthz?\xff")).status == 400);
  BOOST_TEST(exchange(request_text("GET", "/healthz?\xff")).status == 400);
}

BOOST_AUTO_TEST_CASE(blanks_behind_a_value_are_no_part_of_it) {
  BOOST_TEST(
    exchange(request_text("POST", "/webhooks/kie/token", "X-Webhook-Signature: mac \t\r\n", R"({"taskId":"t"})")).status
    == 200);
  BOOST_TEST(front.callbacks.take().signature == "mac");
}

BOOST_AUTO_TEST_CASE(chunks_are_joined_and_trailers_say_nothing) {
  auto client = connect();
  client.send(framed_post("Transfer-Encoding: chunked\r\n",
                          "5;why=not\r\n{\"pro\r\nC\r\nmpt\":\"boat\"}\r\n0\r\nHost: other\r\n"
                          "Authorization: Bearer esl_other\r\n\r\n"));
  auto call = front.creates.take();
  BOOST_TEST(call.what.request.prompt.reveal() == "boat");
  BOOST_TEST(call.who.secret.reveal() == "esl_test");
  call.watcher->refused({});
  client.read();
}

BOOST_AUTO_TEST_CASE(a_body_that_comes_byte_by_byte_takes_no_more_memory_than_others) {
  const std::string body = "{\"prompt\":\"" + std::string(500'000, 'a') + "\"}";
  std::string chunks;
  chunks.reserve(6 * body.size() + 100);
  for (const char c : body)
    chunks.append("1\r\n").append(1, c).append("\r\n");
  const auto bytes = framed_post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n");
  auto client = connect();
  const auto before = heap_in_use();
  client.send(bytes);
  auto call = front.creates.take();
  const auto taken = heap_in_use() - before;
  BOOST_TEST(taken < std::ptrdiff_t{4 << 20}); // the body, the prompt and what makes its fingerprint
  call.watcher->refused({});
  client.read();
}

BOOST_AUTO_TEST_CASE(nobody_on_the_way_can_see_another_end_of_a_request_than_we_do) {
  const auto next = request_text("GET", "/healthz");
  for (const auto* framing :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: xchunked\r\n"})
    BOOST_TEST_CONTEXT(framing) {
      auto client = connect();
      client.send_whatever_is_taken(framed_post(framing, "0\r\n\r\n") + next);
      BOOST_TEST(client.read().closed);
    }
  const std::vector<std::pair<std::string, int>> answered = {
    {"Transfer-Encoding : chunked\r\n", 400},
    {"Content-Length : 5\r\n", 400},
    {"Host : other\r\nContent-Length: 5\r\n", 400},
    {"Transfer-Encoding: gzip, chunked\r\n", 501},
    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501},
  };
  for (const auto& [framing, status] : answered)
    BOOST_TEST_CONTEXT(framing) {
      auto client = connect();
      client.send_whatever_is_taken(framed_post(framing, "0\r\n\r\n") + next);
      const auto got = client.read();
      BOOST_TEST(got.status == status);
      BOOST_TEST(got.header("connection") == "close");
      BOOST_TEST(client.at_end());
    }
  BOOST_TEST(front.creates.empty());
}

BOOST_AUTO_TEST_CASE(soft_limits_are_answered) {
  const auto too_long = exchange(request_text("GET", "/healthz?" + std::string(5000, 'a')));
  BOOST_TEST(too_long.status == 414);

  std::string many;
  for (int i = 0; i < 70; ++i)
    many += "X-F" + std::to_string(i) + ": 1\r\n";
  BOOST_TEST(exchange(request_text("GET", "/healthz", many)).status == 431);
  BOOST_TEST(exchange(request_text("GET", "/healthz", "X-A: " + std::string(9000, 'a') + "\r\n")).status == 431);

  auto client = connect();
  const std::string large = "{\"prompt\":\"" + std::string(600'000, 'a') + "\"}";
  client.send(request_text("POST", "/v1/images/generations", json_bearer, large));
  auto got = client.read();
  BOOST_TEST(got.status == 413);
  BOOST_TEST(json::parse(got.body)["error"]["code"] == "request_too_large");
  client.send(request_text("POST", "/v1/generations", json_bearer, large));
  got = client.read();
  BOOST_TEST(got.status == 413);
  BOOST_TEST(json::parse(got.body)["code"] == "request_too_large");
}

BOOST_AUTO_TEST_CASE(beyond_the_hard_limits_the_connection_is_closed_and_the_next_is_served) {
  const std::vector<std::string> rude = {
    request_text("GET", "/" + std::string(20'000, 'a')),
    request_text("GET", "/healthz", "X-A: " + std::string(40'000, 'a') + "\r\n"),
    request_text("GET", "/healthz", std::string(5'000, 'N') + ": 1\r\n"),
    framed_post("Transfer-Encoding: chunked\r\n", "200000\r\n" + std::string(2u << 20, 'x') + "\r\n0\r\n\r\n"),
    "NONSENSE /healthz HTTP/1.1\r\nHost: test\r\n\r\n",
    "\1\2\3 not http at all\r\n\r\n",
  };
  for (const auto& bytes : rude) {
    auto client = connect();
    client.send_whatever_is_taken(bytes);
    BOOST_TEST_CONTEXT(bytes.substr(0, 20)) {
      const auto got = client.read();
      BOOST_TEST(got.closed);
      BOOST_TEST(exchange(request_text("GET", "/healthz")).status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  auto client = connect();
  client.send(request_text("GET", "/healthz") + request_text("GET", "/nope") + request_text("GET", "/readyz"));
  BOOST_TEST(client.read().status == 200);
  BOOST_TEST(client.read().status == 404);
  BOOST_TEST(client.read().body == "ready\n");
}

BOOST_AUTO_TEST_CASE(an_offer_to_upgrade_is_answered_plainly_and_closed) {
  auto client = connect();
  client.send(request_text("GET", "/healthz", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"));
  const auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("connection") == "close");
  BOOST_TEST(client.at_end());
  BOOST_TEST(log.take().status == 200);
  BOOST_TEST(log.empty()); // and served only once
}

BOOST_AUTO_TEST_CASE(a_request_that_the_front_door_throws_on_may_be_tried_again) {
  front.throws = true;
  const auto got = exchange(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.header("x-should-retry") == "true");
  BOOST_TEST(got.body.find("a handler fails") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_access_log_holds_what_it_may_and_no_more) {
  auto client = connect();
  client.send(request_text("GET", "/v1/generations/gen_private?wait=1&x=secret",
                           std::string(bearer) + "User-Agent: Agent/1.0 \"" + std::string(300, 'a') + "\r\n"));
  const auto got = client.read();
  const auto record = log.take();
  BOOST_TEST(record.route == "GET /v1/generations/{id}");
  BOOST_TEST(record.status == 400);
  BOOST_TEST(record.ip == "127.0.0.1");
  BOOST_TEST(record.request_id == got.header("x-request-id"));
  BOOST_TEST(record.user_agent.size() == 200u);
  BOOST_TEST(record.user_agent.substr(0, 12) == "Agent/1.0 ?a");
  BOOST_TEST(record.took.count() >= 0);
  BOOST_TEST(!record.account.has_value()); // refused before anybody looked whose key it is
  client.send(request_text("GET", "/nope/secret"));
  client.read();
  BOOST_TEST(log.take().route == "-");
}

BOOST_AUTO_TEST_CASE(every_answer_is_logged_once_whatever_it_is) {
  const std::vector<std::array<std::string, 3>> rows = {
    {"GET", "/healthz", "GET /healthz"},
    {"HEAD", "/healthz", "GET /healthz"},
    {"GET", "/nope", "-"},
    {"DELETE", "/healthz", "-"},
    {"OPTIONS", "/healthz", "-"},
    {"GET", "/" + std::string(5000, 'a'), "-"},
    {"POST", "/v1/generations", "POST /v1/generations"},
    {"POST", "/webhooks/kie/secret", "POST /webhooks/kie/{token}"},
  };
  for (const auto& [method, target, route] : rows)
    BOOST_TEST_CONTEXT(method << ' ' << target.substr(0, 30)) {
      const auto got = exchange(request_text(method, target), method == "HEAD");
      const auto record = log.take();
      BOOST_TEST(record.route == route);
      BOOST_TEST(record.status == got.status);
      BOOST_TEST(record.request_id == got.header("x-request-id"));
    }
  BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(the_access_log_names_the_account_once_its_key_was_recognised) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", bearer));
  auto asked = front.questions.take();
  const account_id account{sample_id(7).value};
  asked.who.notes->recognised(account);
  asked.reply(unexpected(actors::refusal{actors::refusal::why::store_unavailable, {}, {}}));
  BOOST_TEST(client.read().status == 503);
  BOOST_TEST((log.take().account == account));
}

BOOST_AUTO_TEST_CASE(every_answer_says_when_it_was_made) {
  for (const std::string_view target : {"/healthz", "/nope", "/account"}) {
    const auto date = exchange(request_text("GET", target)).header("date");
    BOOST_TEST_CONTEXT(target << ": " << date) {
      BOOST_REQUIRE(date.size() == 29u); // Fri, 27 Nov 2026 01:40:00 GMT
      BOOST_TEST(date.substr(3, 2) == ", ");
      BOOST_TEST(date.substr(25) == " GMT");
    }
  }
}

BOOST_AUTO_TEST_CASE(request_ids_differ) {
  auto client = connect();
  client.send(request_text("GET", "/healthz"));
  const auto first = client.read().header("x-request-id");
  client.send(request_text("GET", "/healthz"));
  BOOST_TEST(client.read().header("x-request-id") != first);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(queries)

BOOST_AUTO_TEST_CASE(queries_are_decoded_and_doubles_refused) {
  const auto parsed = server::parse_query("a=1&b=%41+c&&d");
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->at("a") == "1");
  BOOST_TEST(parsed->at("b") == "A c");
  BOOST_TEST(parsed->at("d") == "");
  BOOST_TEST(!server::parse_query("a=1&a=2").has_value());
  BOOST_TEST(!server::parse_query("a=%4").has_value());
  BOOST_TEST(!server::parse_query("a=%zz").has_value());
  BOOST_TEST(!server::parse_query("a=%00").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
