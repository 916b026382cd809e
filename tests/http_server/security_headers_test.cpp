#include "server_fixture.hpp"

#include "http/server/system.hpp"

#include <boost/test/unit_test.hpp>

namespace security_headers {

using namespace easel;
using namespace easel::tests;

namespace {

struct asked_for {
  std::string method, target, fields, body;
};

/// Each operation that the service describes, without a key, and what goes wrong before any of them.
std::vector<asked_for> everything() {
  std::vector<asked_for> all = {
    {"GET", "/nope", "", ""},
    {"GET", "/v1/nope", "", ""},
    {"PUT", "/v1/generations", "", ""},
    {"OPTIONS", "/v1/generations", "Origin: https://example.com\r\nAccess-Control-Request-Method: POST\r\n", ""},
    {"OPTIONS", "*", "", ""},
    {"HEAD", "/healthz", "", ""},
    {"GET", "/healthz#x", "", ""},
    {"GET", "/" + std::string(5000, 'a'), "", ""},
    {"GET", "/healthz", "X-A: " + std::string(9000, 'a') + "\r\n", ""},
    {"POST", "/v1/generations", "", std::string(600'000, 'a')},
    {"POST", "/v1/images/generations", std::string(json_bearer), "{"},
    {"POST", "/v1/generations", std::string(json_bearer), R"({"unknown":1})"},
  };
  const auto described = json::parse(server::openapi_document());
  for (const auto& [path, operations] : described["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      std::string upper = method, target = path;
      for (char& c : upper)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (upper != "GET" && upper != "POST" && upper != "DELETE")
        continue; // parameters, descriptions
      while (target.find('{') != std::string::npos)
        target.replace(target.find('{'), target.find('}') - target.find('{') + 1, "x");
      all.push_back({upper, target, "Origin: https://example.com\r\n", ""});
    }
  return all;
}

void check_headers(const raw_response& got, bool is_public = false) {
  BOOST_TEST(got.header("x-content-type-options") == "nosniff");
  BOOST_TEST(got.header("referrer-policy") == "no-referrer");
  const auto csp = got.header("content-security-policy");
  BOOST_TEST(csp.find("default-src 'none'") != std::string::npos);
  BOOST_TEST(csp.find("frame-ancestors 'none'") != std::string::npos);
  BOOST_TEST(got.header("cache-control").find(is_public ? "no-cache" : "private, no-store") == 0u);
  BOOST_TEST(got.header("x-request-id").substr(0, 4) == "req_");
  for (const auto& [name, value] : got.headers) {
    BOOST_TEST(name.find("access-control-") == std::string::npos, name);
    BOOST_TEST(name != "server");
    BOOST_TEST(name != "set-cookie");
  }
}

server::listener_settings reached_at(const std::string& url) {
  server::listener_settings net;
  net.public_url = url;
  return net;
}

} // namespace

} // namespace security_headers

BOOST_FIXTURE_TEST_SUITE(security_headers, server_fixture)

BOOST_AUTO_TEST_CASE(every_answer_without_a_key_carries_them) {
  for (const auto& [method, target, fields, body] : everything())
    BOOST_TEST_CONTEXT(method << ' ' << target.substr(0, 60)) {
      const auto got = exchange(request_text(method, target, fields, body), method == "HEAD");
      BOOST_REQUIRE(got.status != 0);
      check_headers(got, target == "/openapi.json");
      BOOST_TEST(got.header("strict-transport-security").empty());
    }
}

BOOST_AUTO_TEST_CASE(answers_of_the_actors_carry_them_too) {
  auto client = connect();
  client.send(request_text("GET", "/v1/generations/" + to_string(sample_id()) + "/images/0", bearer));
  front.questions.take().reply(actors::query_answer(actors::image_answer{sample_image(0, 10), sample_bytes(10)}));
  const auto image = client.read();
  BOOST_TEST(image.status == 200);
  check_headers(image);

  client.send(request_text("GET", "/v1/generations/" + to_string(sample_id()) + "/events", bearer));
  auto watched = front.watches.take();
  BOOST_TEST(watched.watcher->accepted(sample_view(), true));
  const auto stream = client.read_head();
  BOOST_TEST(stream.header("content-type") == "text/event-stream");
  check_headers(stream);
}

BOOST_AUTO_TEST_CASE(https_is_insisted_on_where_clients_come_by_it) {
  for (const auto& [url, expected] : std::vector<std::pair<std::string, std::string>>{
         {"https://api.example", "max-age=31536000; includeSubDomains"}, {"http://127.0.0.1:8080", ""}, {"", ""}}) {
    server_fixture reached({}, reached_at(url));
    for (const auto* target : {"/healthz", "/nope", "/v1/account"})
      BOOST_TEST(reached.exchange(request_text("GET", target)).header("strict-transport-security") == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
