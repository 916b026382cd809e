#include "server_fixture.hpp"

#include "policies/vocabulary/base64.hpp"

#include <boost/test/unit_test.hpp>

namespace openai_images {

using namespace easel;
using namespace easel::tests;
using actors::refusal;

namespace {

std::string generation_post(std::string_view body, std::string_view extra = {}) {
  return request_text("POST", "/v1/images/generations", std::string(json_bearer) + std::string(extra), body);
}

const std::string simple = generation_post(R"({"prompt":"a paper boat"})");

} // namespace

} // namespace openai_images

BOOST_FIXTURE_TEST_SUITE(openai_images, server_fixture)

BOOST_AUTO_TEST_CASE(a_generation_is_answered_with_the_image_in_base64) {
  auto client = connect();
  client.send(generation_post(R"({"prompt":"a paper boat","model":"gpt-image-2","n":2,"size":"1024x1024","user":"u",
    "quality":"medium","response_format":"b64_json","moderation":"low","style":null,"unheard_of":[1,{"a":2}]})",
                              "X-Stainless-Retry-Count: 2\r\nIdempotency-Key: k-1\r\n"));
  auto call = front.creates.take();
  BOOST_TEST(call.who.secret.reveal() == "esl_test");
  BOOST_TEST(call.what.request.prompt.reveal() == "a paper boat");
  BOOST_TEST(call.what.request.model.value() == "gpt-image-2");
  BOOST_TEST(call.what.request.n.value() == 2);
  BOOST_TEST(call.what.retry_count == 2);
  BOOST_TEST(call.what.idempotency_key.value() == "k-1");
  BOOST_TEST(call.what.synchronous);
  BOOST_TEST((call.how.wait == server::api_settings{}.silence_limit));
  BOOST_TEST(call.watcher->accepted(sample_view(), false));
  const auto one = make_blob("first"), two = make_blob("second!");
  BOOST_TEST(!call.watcher->event(sample_end({one, two})));

  const auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("content-type") == "application/json");
  BOOST_TEST(got.header("x-request-id").substr(0, 4) == "req_");
  const auto body = json::parse(got.body);
  BOOST_TEST(body["created"] == 1'795'000'010);
  BOOST_TEST(body["size"] == "1024x768"); // what was delivered, not what was asked
  BOOST_TEST(body["output_format"] == "webp");
  BOOST_TEST(body["quality"] == "medium");
  BOOST_TEST(body["background"] == "opaque");
  BOOST_TEST(body["data"].size() == 2u);
  BOOST_TEST(decode_base64(body["data"][0]["b64_json"].get<std::string>()).value() == "first");
  BOOST_TEST(decode_base64(body["data"][1]["b64_json"].get<std::string>()).value() == "second!");
  BOOST_TEST(body["usage"]["total_tokens"] == 0);
  BOOST_TEST((front.answers.take() == sample_id()));
}

BOOST_AUTO_TEST_CASE(large_images_arrive_as_the_base64_of_their_bytes) {
  auto client = connect();
  client.send(simple);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  const auto one = sample_bytes(1'500'001), two = sample_bytes(700'000, 8);
  call.watcher->event(sample_end({one, two}));
  const auto got = client.read();
  BOOST_TEST(got.header("content-length") == std::to_string(got.body.size()));
  const auto body = json::parse(got.body);
  BOOST_TEST((decode_base64(body["data"][0]["b64_json"].get_ref<const std::string&>()) == *one));
  BOOST_TEST((decode_base64(body["data"][1]["b64_json"].get_ref<const std::string&>()) == *two));
  BOOST_TEST((front.answers.take() == sample_id()));

  client.send(simple); // the connection is good for another
  front.creates.take().watcher->refused({refusal::why::overloaded, {}, {}});
  BOOST_TEST(client.read().status == 503);
}

BOOST_AUTO_TEST_CASE(a_client_that_hangs_up_in_the_answer_has_not_been_answered) {
  auto client = connect(4096);
  client.send(simple);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  call.watcher->event(sample_end({sample_bytes(32u << 20)}));
  client.read_head();
  client.hang_up();
  BOOST_TEST(log.take().status == 200); // the record is written after the end, however it came
  BOOST_TEST(front.answers.empty());
}

BOOST_AUTO_TEST_CASE(the_silence_limit_answers_409_with_the_way_to_the_result) {
  auto client = connect();
  client.send(simple);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  call.watcher->expired(sample_view(generation_state::dispatched));
  const auto got = client.read();
  const std::string location = "/v1/generations/" + to_string(sample_id());
  BOOST_TEST(got.status == 409);
  BOOST_TEST(got.header("x-should-retry") == "true");
  BOOST_TEST(got.header("retry-after") == "1");
  BOOST_TEST(got.header("location") == location);
  const auto error = json::parse(got.body)["error"];
  BOOST_TEST(error["code"] == "request_in_progress");
  BOOST_TEST(error["generation_id"] == to_string(sample_id()));
  BOOST_TEST(error["message"].get<std::string>().find("GET " + location) != std::string::npos);
  BOOST_TEST(front.answers.empty());
}

BOOST_AUTO_TEST_CASE(a_watcher_that_dies_says_how_to_go_on) {
  auto client = connect();
  client.send(simple);
  front.creates.take().watcher.reset();
  auto got = client.read();
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.header("x-should-retry") == "true");

  client.send(simple);
  {
    auto call = front.creates.take();
    call.watcher->accepted(sample_view(), false);
  }
  got = client.read();
  BOOST_TEST(got.status == 409);
  BOOST_TEST(json::parse(got.body)["error"]["code"] == "request_in_progress");
}

BOOST_AUTO_TEST_CASE(a_completed_generation_without_its_bytes_is_an_internal_error) {
  auto client = connect();
  client.send(simple);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  auto end = sample_end({make_blob("x")});
  std::get<actors::generation_event::ended>(end.what).images.clear();
  call.watcher->event(end);
  BOOST_TEST(client.read().status == 500);
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_body_name_the_field) {
  struct row {
    std::string body;
    std::string code;
    std::string param;
  };
  const std::string deep = "{\"prompt\":\"x\",\"a\":" + std::string(40, '[') + std::string(40, ']') + "}";
  const std::vector<row> rows = {
    {"", "invalid_json", ""},
    {"{", "invalid_json", ""},
    {"[]", "invalid_json", ""},
    {"\"text\"", "invalid_json", ""},
    {deep, "invalid_json", ""},
    {"{\"prompt\":\"\xff\xfe\"}", "invalid_json", ""},
    {"{\"prompt\":\"\xed\xa0\x80\"}", "invalid_json", ""},
    {R"({"prompt":"x","n":1e999})", "invalid_json", ""},
    {R"({})", "missing_required_parameter", "prompt"},
    {R"({"prompt":null})", "missing_required_parameter", "prompt"},
    {R"({"prompt":7})", "invalid_value", "prompt"},
    {R"({"prompt":"x","n":"2"})", "invalid_value", "n"},
    {R"({"prompt":"x","n":1.5})", "invalid_value", "n"},
    {R"({"prompt":"x","n":99999999999999999999})", "invalid_value", "n"},
    {R"({"prompt":"x","n":-99999999999})", "invalid_value", "n"},
    {R"({"prompt":"x","size":{}})", "invalid_value", "size"},
    {R"({"prompt":"x","model":[]})", "invalid_value", "model"},
    {R"({"prompt":"x","stream":"yes"})", "invalid_value", "stream"},
    {R"({"prompt":"x","partial_images":2})", "invalid_value", "partial_images"},
    {R"({"prompt":"x","response_format":"url"})", "invalid_value", "response_format"},
    {R"({"prompt":"x","moderation":"off"})", "invalid_value", "moderation"},
    {R"({"prompt":"x","user":1})", "invalid_value", "user"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.body.substr(0, 60)) {
      const auto got = exchange(generation_post(row.body));
      BOOST_TEST(got.status == 400);
      const auto error = json::parse(got.body)["error"];
      BOOST_TEST(error["code"] == row.code);
      BOOST_TEST(error["type"] == "invalid_request_error");
      BOOST_TEST((row.param.empty() ? error["param"].is_null() : error["param"] == row.param));
      BOOST_TEST(error["message"].get<std::string>().find(got.header("x-request-id")) != std::string::npos);
    }
  }
  BOOST_TEST(front.creates.empty());
}

BOOST_AUTO_TEST_CASE(nulls_count_as_absent_and_the_fingerprint_ignores_them_and_the_order) {
  auto fingerprint = [&](std::string_view body) {
    auto client = connect();
    client.send(generation_post(body));
    auto call = front.creates.take();
    call.watcher->refused({refusal::why::overloaded, {}, {}});
    client.read();
    return call.what.fingerprint_source;
  };
  const auto plain = fingerprint(R"({"prompt":"x","size":"auto"})");
  BOOST_TEST(fingerprint(R"({ "size":"auto","n":null, "prompt":"x", "o":{"p":null}})") != plain);
  BOOST_TEST(fingerprint(R"({ "size":"auto","n":null, "prompt":"x"})") == plain);
  BOOST_TEST(fingerprint(R"({"prompt":"y","size":"auto"})") != plain);
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_must_be_visible_ascii_and_sent_once) {
  for (const std::string& fields :
       {std::string("Idempotency-Key: a b\r\n"), "Idempotency-Key: " + std::string(256, 'k') + "\r\n",
        std::string("Idempotency-Key: a\r\nidempotency-key: b\r\n"), std::string("Idempotency-Key: \xc3\xa9\r\n")}) {
    const auto got = exchange(generation_post(R"({"prompt":"x"})", fields));
    BOOST_TEST(got.status == 400);
    BOOST_TEST(json::parse(got.body)["error"]["param"] == "Idempotency-Key");
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_nothing_is_read) {
  for (const std::string_view fields :
       {"", "Authorization: Basic abc\r\n", "Authorization: x\r\n", "Authorization: Bearerx y\r\n"}) {
    const auto got = exchange(request_text("POST", "/v1/images/generations", fields, "{"));
    BOOST_TEST(got.status == 401);
    BOOST_TEST(got.header("www-authenticate") == "Bearer realm=\"easel\"");
    const auto error = json::parse(got.body)["error"];
    BOOST_TEST(error["code"] == "invalid_api_key");
    BOOST_TEST(error["param"].is_null());
  }
}

BOOST_AUTO_TEST_CASE(edits_and_variations_are_refused_with_the_reason) {
  for (const std::string_view target : {"/v1/images/edits", "/v1/images/variations"})
    for (const std::size_t size : {10u, 1'000'000u, 3'000'000u}) { // larger than any other body may be
      const auto got = exchange(request_text("POST", target, bearer, std::string(size, 'x')));
      BOOST_TEST(got.status == 400);
      const auto error = json::parse(got.body)["error"];
      BOOST_TEST(error["code"] == "unsupported_operation");
      BOOST_TEST(error["message"].get<std::string>().find("only prompt text") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(models_are_those_of_the_accounts_tier) {
  policies::model_entry both{"gpt-image-2", std::chrono::sys_seconds(std::chrono::seconds(1'776'729'600)), {}};
  both.offers[tier::free].sizes = {"1024x1024"};
  both.offers[tier::paid].sizes = {"auto"};
  policies::model_entry paid_only{"gpt-image-3", {}, {}};
  paid_only.offers[tier::paid].sizes = {"auto"};
  const actors::models_answer models{{both, paid_only}, tier::free};

  auto client = connect();
  const auto ask = [&](std::string_view target) {
    client.send(request_text("GET", target, bearer));
    front.questions.take().reply(actors::query_answer(models));
    return client.read();
  };
  const auto list = json::parse(ask("/v1/models").body);
  BOOST_TEST(list["object"] == "list");
  BOOST_TEST(list["data"].size() == 1u);
  BOOST_TEST(list["data"][0]["id"] == "gpt-image-2");
  BOOST_TEST(list["data"][0]["created"] == 1'776'729'600);
  BOOST_TEST(list["data"][0]["object"] == "model");
  BOOST_TEST(json::parse(ask("/v1/models/gpt-image-2").body)["id"] == "gpt-image-2");
  const auto missing = ask("/v1/models/gpt-image-3");
  BOOST_TEST(missing.status == 404);
  BOOST_TEST(json::parse(missing.body)["error"]["code"] == "model_not_found");
}

BOOST_AUTO_TEST_SUITE_END()
