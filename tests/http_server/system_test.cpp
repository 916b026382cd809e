#include "server_fixture.hpp"

#include "http/server/kie_webhook.hpp"

#include <boost/test/unit_test.hpp>

namespace system_routes {

using namespace easel;
using namespace easel::tests;

} // namespace system_routes

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
    {"/v1/account", "delete"},
    {"/v1/account/deletion", "get"},
    {"/v1/account/export", "get"},
    {"/v1/account/exports", "get"},
    {"/v1/account/exports/{id}/volumes/{number}", "get"},
    {"/v1/account/notices", "get"},
    {"/v1/account/notices", "post"},
    {"/v1/account/restriction", "get"},
    {"/v1/account/restriction", "post"},
    {"/v1/account/restriction", "delete"},
    {"/v1/account/credits", "get"},
    {"/v1/account/tier", "post"},
    {"/v1/account/keys", "get"},
    {"/v1/account/keys", "post"},
    {"/v1/account/keys/{id}", "delete"},
    {"/v1/account/sessions", "get"},
    {"/v1/account/sessions", "delete"},
    {"/v1/account/sessions/{id}", "delete"},
    {"/v1/billing", "get"},
    {"/v1/billing/checkout", "post"},
    {"/v1/billing/portal", "post"},
    {"/webhooks/kie/{token}", "post"},
    {"/webhooks/stripe", "post"},
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
