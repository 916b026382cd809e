#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace native_generations {

using namespace easel;
using namespace easel::tests;
using actors::generation_event;
using actors::refusal;

namespace {

const std::string id_text = to_string(sample_id());
const std::string at_id = "/v1/generations/" + id_text;

std::string create_post(std::string_view body, std::string_view extra = {}) {
  return request_text("POST", "/v1/generations", std::string(json_bearer) + std::string(extra), body);
}

actors::generation_view completed_view() {
  return std::get<generation_event::ended>(sample_end({make_blob("one")}).what).final;
}

} // namespace

} // namespace native_generations

BOOST_FIXTURE_TEST_SUITE(native_generations, server_fixture)

BOOST_AUTO_TEST_CASE(create_answers_202_as_soon_as_the_generation_is_durable) {
  auto client = connect();
  client.send(create_post(R"({"prompt":"a paper boat","n":1})", "Idempotency-Key: order-7\r\n"));
  auto call = front.creates.take();
  BOOST_TEST(!call.what.synchronous);
  BOOST_TEST(!call.how.wants_images);
  BOOST_TEST(call.what.idempotency_key.value() == "order-7");
  auto view = sample_view();
  view.queue_position = 0;
  BOOST_TEST(!call.watcher->accepted(view, false));
  const auto got = client.read();
  BOOST_TEST(got.status == 202);
  BOOST_TEST(got.header("location") == at_id);
  BOOST_TEST(got.header("idempotent-replayed").empty());
  const auto body = json::parse(got.body);
  BOOST_TEST(body["id"] == id_text);
  BOOST_TEST(body["state"] == "accepted");
  BOOST_TEST(body["queue_position"] == 0);

  client.send(create_post(R"({"prompt":"a paper boat","n":1})", "Idempotency-Key: order-7\r\n"));
  front.creates.take().watcher->accepted(completed_view(), true);
  BOOST_TEST(client.read().header("idempotent-replayed") == "true");
}

BOOST_AUTO_TEST_CASE(a_view_shows_everything_that_its_owner_may_know) {
  auto view = completed_view();
  view.row.dispatched_to = recipient::sub2api;
  view.row.verdict = policies::verdict{false, {}, "clean", {}};
  view.row.disclosures = {{recipient::openai_moderation, data_class::content, view.row.created_at}};
  auto client = connect();
  client.send(request_text("GET", at_id, bearer));
  auto question = front.questions.take();
  BOOST_TEST((std::get<actors::find_generation>(question.what).id == sample_id()));
  question.reply(actors::query_answer(view));
  const auto got = client.read();
  BOOST_TEST(got.body.find("upstream-slug") == std::string::npos);
  const auto body = json::parse(got.body);
  BOOST_TEST(body["tier"] == "free");
  BOOST_TEST(body["recipient"] == "sub2api");
  BOOST_TEST(body["prompt"] == "a paper boat");
  BOOST_TEST(body["price"]["total"] == 4);
  BOOST_TEST(body["charged"] == 4);
  BOOST_TEST(body["verdict"]["rule"] == "clean");
  BOOST_TEST(body["verdict"]["blocked"] == false);
  BOOST_TEST(body["disclosures"][0]["recipient"] == to_string(recipient::openai_moderation));
  BOOST_TEST(body["created_at"] == to_string(view.row.created_at));
  BOOST_TEST(body["expires_at"] == to_string(view.row.expires_at));
  BOOST_TEST(body["images"][0]["url"] == at_id + "/images/0");
  BOOST_TEST(body["images"][0]["width"] == 1024);
  BOOST_TEST(body["failure"].is_null());
}

BOOST_AUTO_TEST_CASE(a_failed_generation_says_why) {
  auto client = connect();
  client.send(request_text("GET", at_id, bearer));
  auto end = sample_failure(failure::upstream_error);
  front.questions.take().reply(actors::query_answer(std::get<generation_event::ended>(end.what).final));
  BOOST_TEST(json::parse(client.read().body)["failure"] == to_string(failure::upstream_error));
}

BOOST_AUTO_TEST_CASE(a_long_poll_answers_with_the_end_or_with_how_far_it_came) {
  auto client = connect();
  client.send(request_text("GET", at_id + "?wait=60", bearer));
  auto call = front.watches.take();
  BOOST_TEST((call.how.wait == duration(std::chrono::seconds(60))));
  BOOST_TEST(!call.how.wants_images);
  BOOST_TEST(call.watcher->accepted(sample_view(), false));
  BOOST_TEST(!call.watcher->event(sample_end({make_blob("one")})));
  BOOST_TEST(json::parse(client.read().body)["state"] == "completed");

  client.send(request_text("GET", at_id + "?wait=1", bearer));
  call = front.watches.take();
  call.watcher->accepted(sample_view(), false);
  call.watcher->expired(sample_view(generation_state::dispatched));
  auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["state"] == "dispatched");

  client.send(request_text("GET", at_id + "?wait=1", bearer));
  BOOST_TEST(!front.watches.take().watcher->accepted(completed_view(), false));
  BOOST_TEST(json::parse(client.read().body)["state"] == "completed");
}

BOOST_AUTO_TEST_CASE(a_listing_goes_back_in_time_by_cursor) {
  auto client = connect();
  client.send(request_text("GET", "/v1/generations?limit=1&before=" + id_text, bearer));
  auto question = front.questions.take();
  const auto& what = std::get<actors::list_generations>(question.what);
  BOOST_TEST(what.limit == 1);
  BOOST_TEST((what.before == sample_id()));
  question.reply(actors::query_answer(persistence::page<persistence::generation_row>{{sample_view().row}, true}));
  auto body = json::parse(client.read().body);
  BOOST_TEST(body["data"].size() == 1u);
  BOOST_TEST(body["has_more"] == true);
  BOOST_TEST(body["next"] == "/v1/generations?limit=1&before=" + id_text);

  client.send(request_text("GET", "/v1/generations/", bearer)); // one trailing slash is tolerated
  question = front.questions.take();
  BOOST_TEST(std::get<actors::list_generations>(question.what).limit == 20);
  question.reply(actors::query_answer(persistence::page<persistence::generation_row>{}));
  body = json::parse(client.read().body);
  BOOST_TEST(body["next"].is_null());
}

BOOST_AUTO_TEST_CASE(deletion_is_done_at_once_or_left_as_a_request_to_cancel) {
  auto client = connect();
  client.send(request_text("DELETE", at_id, bearer));
  auto question = front.questions.take();
  BOOST_TEST((std::get<actors::cancel_generation>(question.what).id == sample_id()));
  question.reply(actors::query_answer(actors::cancel_answer{completed_view(), true}));
  auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["deleted"] == true);

  client.send(request_text("DELETE", at_id, bearer));
  front.questions.take().reply(actors::query_answer(actors::cancel_answer{sample_view(), false}));
  got = client.read();
  BOOST_TEST(got.status == 202);
  BOOST_TEST(json::parse(got.body)["state"] == "accepted");

  client.send(request_text("DELETE", at_id, bearer));
  front.questions.take().reply(unexpected(refusal{refusal::why::not_deletable, {}, {}}));
  got = client.read();
  BOOST_TEST(got.status == 409);
  BOOST_TEST(json::parse(got.body)["code"] == "still_in_work");
}

BOOST_AUTO_TEST_CASE(an_image_is_served_to_its_owner_sandboxed_and_by_etag) {
  const auto bytes = sample_bytes(1'500'000);
  const actors::image_answer image{sample_image(0, 1'500'000), bytes};
  auto client = connect();
  client.send(request_text("GET", at_id + "/images/0", bearer));
  auto question = front.questions.take();
  BOOST_TEST(std::get<actors::find_image>(question.what).index == 0);
  question.reply(actors::query_answer(image));
  auto got = client.read();
  const auto etag = got.header("etag");
  BOOST_TEST((got.body == *bytes));
  BOOST_TEST(etag == '"' + to_string(image.row.id) + '"');
  BOOST_TEST(got.header("content-type") == "image/webp");
  BOOST_TEST(got.header("cache-control") == "private, no-store");
  BOOST_TEST(got.header("x-content-type-options") == "nosniff");
  BOOST_TEST(got.header("content-security-policy") == "sandbox; default-src 'none'; frame-ancestors 'none'");
  BOOST_TEST(got.header("content-disposition") == "inline; filename=\"" + id_text + "-0.webp\"");
  BOOST_TEST(got.headers.count("content-security-policy") == 1u);

  client.send(request_text("GET", at_id + "/images/0", std::string(bearer) + "If-None-Match: \"x\", " + etag + "\r\n"));
  front.questions.take().reply(actors::query_answer(image));
  got = client.read(true);
  BOOST_TEST(got.status == 304);
  BOOST_TEST(got.header("etag") == etag);

  client.send(request_text("HEAD", at_id + "/images/0", bearer));
  front.questions.take().reply(actors::query_answer(image));
  got = client.read(true);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("content-length") == "1500000");

  client.send(request_text("GET", "/healthz")); // no stray body is in the way
  BOOST_TEST(client.read().body == "ok\n");
}

BOOST_AUTO_TEST_CASE(a_quote_prices_what_would_be_made) {
  auto client = connect();
  client.send(request_text("POST", "/v1/generations/quote", json_bearer, R"({"prompt":"x","n":3})"));
  auto question = front.questions.take();
  BOOST_TEST(std::get<actors::quote>(question.what).request.n.value() == 3);
  auto plan = sample_view().row.plan;
  plan.images = 3;
  question.reply(actors::query_answer(actors::quote_answer{plan, tier::paid, recipient::kie, credits::unchecked(11)}));
  const auto body = json::parse(client.read().body);
  BOOST_TEST(body["price"]["each"] == 4);
  BOOST_TEST(body["price"]["total"] == 12);
  BOOST_TEST(body["tier"] == "paid");
  BOOST_TEST(body["recipient"] == "kie");
  BOOST_TEST(body["affordable"] == false);
}

BOOST_AUTO_TEST_CASE(the_account_and_its_books_are_shown) {
  auto client = connect();
  actors::account_answer account;
  account.account.of_tier = tier::paid;
  account.available = credits::unchecked(90);
  account.held = credits::unchecked(10);
  client.send(request_text("GET", "/v1/account", bearer));
  front.questions.take().reply(actors::query_answer(account));
  auto body = json::parse(client.read().body);
  BOOST_TEST(body["tier"] == "paid");
  BOOST_TEST(body["state"] == "active");
  BOOST_TEST(body["credits"]["available"] == 90);
  BOOST_TEST(body["credits"]["held"] == 10);

  actors::credits_answer books;
  books.balance.available = credits::unchecked(90);
  books.balance.grants.push_back(
    {{}, persistence::grant_kind::gift, credits::unchecked(100), credits::unchecked(90), {}, {}});
  books.entries.rows.push_back(
    {{}, persistence::book::available, persistence::book::held, credits::unchecked(10), sample_id(), 0, {}});
  books.entries.more = true;
  client.send(request_text("GET", "/v1/account/credits?limit=1", bearer));
  auto question = front.questions.take();
  BOOST_TEST(std::get<actors::find_credits>(question.what).limit == 1);
  question.reply(actors::query_answer(books));
  body = json::parse(client.read().body);
  BOOST_TEST(body["grants"][0]["kind"] == "gift");
  BOOST_TEST(body["grants"][0]["expires_at"].is_null());
  BOOST_TEST(body["entries"][0]["from"] == "available");
  BOOST_TEST(body["entries"][0]["to"] == "held");
  BOOST_TEST(body["entries"][0]["generation"] == id_text);
  BOOST_TEST(body["next"] == "/v1/account/credits?limit=1&before=" + to_string(transfer_id{}));
}

BOOST_AUTO_TEST_CASE(native_mistakes_are_problem_documents_that_name_the_field) {
  struct row {
    std::string request;
    int status;
    std::string code;
    std::string field;
  };
  const auto get = [](std::string_view target, std::string_view extra = {}) {
    return request_text("GET", target, std::string(bearer) + std::string(extra));
  };
  const std::vector<row> rows = {
    {create_post(R"({"prompt":"x","nn":1})"), 400, "unknown_parameter", "nn"},
    {create_post(R"({"prompt":"x","stream":true})"), 400, "unknown_parameter", "stream"},
    {create_post(R"({"prompt":"x","a\u0000b":true})"), 400, "unknown_parameter", "?"},
    {create_post(R"({"prompt":1})"), 400, "invalid_value", "prompt"},
    {create_post(R"({"prompt":"x"})", "Idempotency-Key: \x7f\r\n"), 400, "invalid_value", "Idempotency-Key"},
    {request_text("POST", "/v1/generations", bearer, R"({"prompt":"x"})"), 415, "unsupported_media_type", ""},
    {request_text("POST", "/v1/generations?x=1", json_bearer, R"({"prompt":"x"})"), 400, "unknown_parameter", "x"},
    {get("/v1/generations?limit=0"), 400, "invalid_value", "limit"},
    {get("/v1/generations?limit=101"), 400, "invalid_value", "limit"},
    {get("/v1/generations?limit=1&limit=2"), 400, "invalid_query", ""},
    {get("/v1/generations?limit=%"), 400, "invalid_query", ""},
    {get("/v1/generations?before=gen_x"), 400, "invalid_value", "before"},
    {get("/v1/generations?page=2"), 400, "unknown_parameter", "page"},
    {get(at_id + "?wait=61"), 400, "invalid_value", "wait"},
    {get(at_id + "?wait=-1"), 400, "invalid_value", "wait"},
    {get(at_id + "?wait=1.5"), 400, "invalid_value", "wait"},
    {get(at_id + "/events", "Last-Event-ID: x\r\n"), 400, "invalid_value", "Last-Event-ID"},
    {get("/v1/generations/gen_nonsense"), 404, "not_found", ""},
    {get("/v1/generations/" + to_string(image_id{})), 404, "not_found", ""},
    {get(at_id + "/images/-1"), 404, "not_found", ""},
    {get(at_id + "/images/70000"), 404, "not_found", ""},
    {request_text("GET", "/v1/account"), 401, "invalid_api_key", ""},
    {request_text("GET", at_id), 401, "invalid_api_key", ""},
    {request_text("DELETE", at_id), 401, "invalid_api_key", ""},
    {request_text("GET", at_id + "/images/0"), 401, "invalid_api_key", ""},
    {request_text("GET", at_id + "/events"), 401, "invalid_api_key", ""},
    {request_text("POST", "/v1/generations", {}, "{}"), 401, "invalid_api_key", ""},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.request.substr(0, row.request.find('\r')) << " " << row.code) {
      const auto got = exchange(row.request);
      BOOST_TEST(got.status == row.status);
      BOOST_TEST(got.header("content-type") == "application/problem+json");
      const auto problem = json::parse(got.body);
      BOOST_TEST(problem["code"] == row.code);
      BOOST_TEST(problem["status"] == row.status);
      BOOST_TEST(problem["request_id"] == got.header("x-request-id"));
      BOOST_TEST(problem.value("field", "") == row.field);
      BOOST_TEST(problem.contains("title"));
      BOOST_TEST(problem.contains("detail"));
    }
  }
  BOOST_TEST(front.creates.empty());
  BOOST_TEST(front.questions.empty());
  BOOST_TEST(front.watches.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_the_wrong_kind_is_an_internal_error) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", bearer));
  front.questions.take().reply(actors::query_answer(actors::models_answer{}));
  BOOST_TEST(client.read().status == 500);
}

BOOST_AUTO_TEST_CASE(a_question_that_is_dropped_is_answered_500) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", bearer));
  front.questions.take();
  const auto got = client.read();
  BOOST_TEST(got.status == 500);
  BOOST_TEST(json::parse(got.body)["request_id"] == got.header("x-request-id"));
}

BOOST_AUTO_TEST_SUITE_END()
