#include "server_fixture.hpp"

#include "http/server/kie_webhook.hpp"

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::tests;

BOOST_FIXTURE_TEST_SUITE(system_routes, server_fixture)

BOOST_AUTO_TEST_CASE(readiness_follows_the_front_door) {
  BOOST_TEST(exchange(request_text("GET", "/readyz")).status == 200);
  front.is_ready = false;
  BOOST_TEST(exchange(request_text("GET", "/readyz")).status == 503);
  BOOST_TEST(exchange(request_text("GET", "/healthz")).status == 200);
}

BOOST_AUTO_TEST_CASE(the_openapi_document_describes_every_route) {
  const auto got = exchange(request_text("GET", "/openapi.json"));
  BOOST_TEST(got.status == 200);
  const auto document = json::parse(got.body);
  BOOST_TEST(document["openapi"].get<std::string>().substr(0, 4) == "3.1.");
  const std::vector<std::pair<std::string, std::string>> routes = {
    {"/v1/images/generations", "post"},
    {"/v1/images/edits", "post"},
    {"/v1/images/variations", "post"},
    {"/v1/models", "get"},
    {"/v1/models/{id}", "get"},
    {"/v1/generations", "post"},
    {"/v1/generations", "get"},
    {"/v1/generations/quote", "post"},
    {"/v1/generations/{id}", "get"},
    {"/v1/generations/{id}", "delete"},
    {"/v1/generations/{id}/events", "get"},
    {"/v1/generations/{id}/images/{index}", "get"},
    {"/v1/account", "get"},
    {"/v1/account", "patch"},
    {"/v1/account/credits", "get"},
    {"/v1/account/tier", "post"},
    {"/v1/account/keys", "get"},
    {"/v1/account/keys", "post"},
    {"/v1/account/keys/{id}", "delete"},
    {"/v1/account/sessions", "get"},
    {"/v1/account/sessions", "delete"},
    {"/v1/account/sessions/{id}", "delete"},
    {"/webhooks/kie/{token}", "post"},
    {"/healthz", "get"},
    {"/readyz", "get"},
    {"/openapi.json", "get"},
  };
  std::size_t described = 0;
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items())
      described += operation.is_object() && operation.contains("responses");
  BOOST_TEST(described == routes.size());
  for (const auto& [path, method] : routes)
    BOOST_TEST((document["paths"].contains(path) && document["paths"][path].contains(method)), path << ' ' << method);
}

BOOST_AUTO_TEST_CASE(every_reference_in_the_openapi_document_leads_somewhere) {
  const auto document = json::parse(exchange(request_text("GET", "/openapi.json")).body);
  int references = 0;
  const auto flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (pointer.size() < 5 || pointer.substr(pointer.size() - 5) != "/$ref")
      continue;
    ++references;
    BOOST_TEST(document.contains(json::json_pointer(value.get<std::string>().substr(1))), value);
  }
  BOOST_TEST(references > 20);
}

BOOST_AUTO_TEST_CASE(a_callback_is_passed_on_and_always_answered_the_same) {
  auto client = connect();
  client.send(request_text("POST", "/webhooks/kie/tok-en_1",
                           "X-Webhook-Timestamp: 1795000042\r\nX-Webhook-Signature: c2ln\r\n",
                           R"({"code":200,"data":{"taskId":"task-1","state":"success"}})"));
  auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.body == R"({"ok":true})");
  const auto call = front.callbacks.take();
  BOOST_TEST(call.token == "tok-en_1");
  BOOST_TEST(call.task_id == "task-1");
  BOOST_TEST(call.timestamp == "1795000042");
  BOOST_TEST(call.signature == "c2ln");

  client.send(request_text("POST", "/webhooks/kie/x", {}, "\xff not json"));
  got = client.read();
  BOOST_TEST(got.body == R"({"ok":true})");
  BOOST_TEST(front.callbacks.take().task_id.empty());
  BOOST_TEST(log.take().route == "POST /webhooks/kie/{token}");

  client.send(request_text("POST", "/webhooks/kie/x", {}, std::string(70'000, ' ')));
  BOOST_TEST(client.read().status == 413);
  BOOST_TEST(front.callbacks.empty());
}

BOOST_AUTO_TEST_CASE(the_task_id_is_found_in_all_three_places) {
  using server::task_id_of;
  BOOST_TEST(task_id_of(R"({"data":{"taskId":"a"}})") == "a");
  BOOST_TEST(task_id_of(R"({"data":{"task_id":"b"}})") == "b");
  BOOST_TEST(task_id_of(R"({"taskId":"c","data":null})") == "c");
  BOOST_TEST(task_id_of(R"({"taskId":"c","data":{"taskId":7}})") == "c");
  BOOST_TEST(task_id_of(R"({"taskId":")" + std::string(300, 'x') + R"("})").empty());
  BOOST_TEST(task_id_of("[]").empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(operator_listener)

struct operator_fixture {
  operator_fixture() {
    server::listener_settings net;
    net.port = 0;
    listener = std::move(*server::listener::open(
      net, server::operator_api(front, {secret_text("right")}, [] { return std::string("easel_up 1\n"); }), {}));
  }
  raw_response get(std::string_view target, std::string_view token) {
    raw_client client(listener->port());
    client.send(
      request_text("GET", target, token.empty() ? "" : "Authorization: Bearer " + std::string(token) + "\r\n"));
    return client.read();
  }
  fake_front_door front;
  std::unique_ptr<server::listener> listener;
};

BOOST_FIXTURE_TEST_CASE(every_operator_route_wants_the_token, operator_fixture) {
  for (const std::string_view target : {"/healthz", "/readyz", "/metrics"}) {
    BOOST_TEST(get(target, "right").status == 200);
    for (const std::string_view wrong : {"", "wrong", "righ", "rightt", "Right"}) {
      const auto got = get(target, wrong);
      BOOST_TEST(got.status == 401);
      BOOST_TEST(got.header("www-authenticate") == "Bearer");
    }
  }
  BOOST_TEST(get("/metrics", "right").body == "easel_up 1\n");
  BOOST_TEST(get("/v1/generations", "right").status == 404);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_answered_500_with_the_request_id) {
  fake_front_door front;
  server::listener_settings net;
  net.port = 0;
  auto listener =
    server::listener::open(net,
                           server::operator_api(front, {secret_text("right")},
                                                []() -> std::string { throw std::runtime_error("the metrics broke"); }),
                           {});
  raw_client client((*listener)->port());
  client.send(request_text("GET", "/metrics", "Authorization: Bearer right\r\n"));
  const auto got = client.read();
  BOOST_TEST(got.status == 500);
  BOOST_TEST(json::parse(got.body)["request_id"] == got.header("x-request-id"));
  BOOST_TEST(got.body.find("metrics broke") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_token_configured_nobody_is_an_operator) {
  fake_front_door front;
  server::listener_settings net;
  net.port = 0;
  auto listener = server::listener::open(net, server::operator_api(front, {}, [] { return std::string(); }), {});
  raw_client client((*listener)->port());
  client.send(request_text("GET", "/metrics", "Authorization: Bearer x\r\n"));
  BOOST_TEST(client.read().status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
