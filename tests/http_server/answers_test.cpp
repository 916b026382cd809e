#include "server_fixture.hpp"

#include "http/server/answers.hpp"

#include <boost/test/unit_test.hpp>

namespace answers {

using namespace easel;
using namespace easel::tests;
using actors::refusal;
using why = actors::refusal::why;
using std::chrono::seconds;

namespace {

struct expectation {
  int status;
  std::string type;
  std::string code;
  std::string retry_after;
  std::string should_retry;
};

const std::vector<std::pair<why, expectation>> refusals = {
  {why::invalid_key, {401, "invalid_request_error", "invalid_api_key", "", ""}},
  {why::invalid_request, {400, "invalid_request_error", "invalid_value", "", ""}},
  {why::model_not_found, {404, "invalid_request_error", "model_not_found", "", ""}},
  {why::key_reused, {422, "invalid_request_error", "idempotency_key_reused", "", ""}},
  {why::restricted, {403, "invalid_request_error", "account_restricted", "", ""}},
  {why::suspended, {403, "invalid_request_error", "account_suspended", "", ""}},
  {why::cooling_down, {429, "requests", "account_cooling_down", "", "false"}},
  {why::insufficient_credits, {429, "insufficient_quota", "insufficient_quota", "", "false"}},
  {why::too_many_active, {429, "requests", "rate_limit_exceeded", "5", "true"}},
  {why::too_many_streams, {429, "requests", "rate_limit_exceeded", "5", "true"}},
  {why::overloaded, {503, "server_error", "overloaded", "2", "true"}},
  {why::store_unavailable, {503, "server_error", "service_unavailable", "2", "true"}},
  {why::not_found, {404, "invalid_request_error", "not_found", "", ""}},
  {why::not_signed_in, {401, "invalid_request_error", "not_signed_in", "", ""}},
  {why::session_required, {403, "invalid_request_error", "session_required", "", ""}},
  {why::recent_sign_in_required, {403, "invalid_request_error", "recent_sign_in_required", "", ""}},
  {why::no_paid_credits, {409, "invalid_request_error", "no_paid_credits", "", "false"}},
  {why::too_many_keys, {409, "invalid_request_error", "too_many_keys", "", "false"}},
  {why::not_deletable, {409, "invalid_request_error", "still_in_work", "", "false"}},
  {why::internal, {500, "server_error", "internal_error", "", ""}},
};

const std::vector<std::pair<failure, expectation>> failures = {
  {failure::none, {500, "server_error", "internal_error", "", "false"}},
  {failure::blocked_input, {400, "image_generation_user_error", "moderation_blocked", "", "false"}},
  {failure::blocked_output, {400, "image_generation_user_error", "moderation_blocked", "", "false"}},
  {failure::moderation_unavailable, {503, "server_error", "moderation_unavailable", "5", "true"}},
  {failure::upstream_unavailable, {503, "server_error", "upstream_unavailable", "5", "true"}},
  {failure::upstream_error, {502, "server_error", "upstream_error", "", "false"}},
  {failure::upstream_timeout, {504, "server_error", "upstream_timeout", "", "false"}},
  {failure::invalid_result, {502, "server_error", "invalid_result", "", "false"}},
  {failure::outcome_unknown, {502, "server_error", "outcome_unknown", "", "false"}},
  {failure::cancelled, {409, "invalid_request_error", "cancelled", "", "false"}},
  {failure::restarts_exhausted, {500, "server_error", "internal_error", "", "false"}},
  {failure::account_closed, {403, "invalid_request_error", "account_closed", "", "false"}},
  {failure::upstream_misconfigured, {503, "server_error", "upstream_unavailable", "", "false"}},
};

void check_headers(const raw_response& got, const expectation& wanted) {
  BOOST_TEST(got.status == wanted.status);
  BOOST_TEST(got.header("retry-after") == wanted.retry_after);
  BOOST_TEST(got.header("x-should-retry") == wanted.should_retry);
  BOOST_TEST(got.header("x-content-type-options") == "nosniff");
  BOOST_TEST(got.header("referrer-policy") == "no-referrer");
  BOOST_TEST(got.header("content-security-policy").find("default-src 'none'") == 0u);
}

} // namespace

} // namespace answers

BOOST_FIXTURE_TEST_SUITE(answers, server_fixture)

BOOST_AUTO_TEST_CASE(every_refusal_has_its_answer_on_both_surfaces) {
  for (const auto& [reason, wanted] : refusals) {
    BOOST_TEST_CONTEXT(wanted.code) {
      refusal refused{reason, {}, {}};
      if (reason == why::invalid_request)
        refused.field = policies::field_error{"size", "invalid_value", "`size` is not offered."};
      auto client = connect();
      client.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
      front.creates.take().watcher->refused(refused);
      auto got = client.read();
      check_headers(got, wanted);
      const auto error = json::parse(got.body)["error"];
      BOOST_TEST(error["type"] == wanted.type);
      BOOST_TEST(error["code"] == wanted.code);
      BOOST_TEST(error.contains("param"));
      if (reason == why::invalid_request)
        BOOST_TEST(error["param"] == "size");

      client.send(request_text("POST", "/v1/generations", json_bearer, R"({"prompt":"x"})"));
      front.creates.take().watcher->refused(refused);
      got = client.read();
      check_headers(got, wanted);
      BOOST_TEST(got.header("content-type") == "application/problem+json");
      const auto problem = json::parse(got.body);
      BOOST_TEST(problem["code"] == wanted.code);
      BOOST_TEST(problem["instance"] == "/v1/generations");
      BOOST_TEST(problem["title"].get<std::string>() != "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_reached_its_cap_is_told_so) {
  refusal refused{why::key_capped, {}, std::chrono::hours(5), credits::unchecked(500)};
  auto client = connect();
  client.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
  front.creates.take().watcher->refused(refused);
  auto got = client.read();
  check_headers(got, {429, "", "", "18000", "false"});
  const auto error = json::parse(got.body)["error"];
  BOOST_TEST(error["type"] == "insufficient_quota");
  BOOST_TEST(error["code"] == "insufficient_quota"); // what programs written for OpenAI look for
  BOOST_TEST(error["message"].get<std::string>().find("500 credits in a month") != std::string::npos);

  client.send(request_text("POST", "/v1/generations", json_bearer, R"({"prompt":"x"})"));
  front.creates.take().watcher->refused(refused);
  got = client.read();
  check_headers(got, {429, "", "", "18000", "false"});
  const auto problem = json::parse(got.body);
  BOOST_TEST(problem["code"] == "key_cap_reached");
  BOOST_TEST(problem["monthly_cap"] == 500);
}

BOOST_AUTO_TEST_CASE(every_failure_after_acceptance_has_its_answer) {
  for (const auto& [reason, wanted] : failures) {
    BOOST_TEST_CONTEXT(wanted.code << " " << to_string(reason)) {
      auto client = connect();
      client.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
      auto call = front.creates.take();
      call.watcher->accepted(sample_view(), false);
      call.watcher->event(sample_failure(reason));
      const auto got = client.read();
      check_headers(got, wanted);
      const auto error = json::parse(got.body)["error"];
      BOOST_TEST(error["type"] == wanted.type);
      BOOST_TEST(error["code"] == wanted.code);
      BOOST_TEST(error["generation_id"] == to_string(sample_id()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_by_moderation_names_stage_and_categories) {
  auto row = sample_view(generation_state::blocked).row;
  row.reason = failure::blocked_input;
  row.verdict = policies::verdict{true, {"violence", "harassment"}, "threshold", {}};
  auto error = json::parse(server::openai_error_object(server::describe_failure(row), "req_1"));
  BOOST_TEST(error["moderation_details"]["moderation_stage"] == "input");
  BOOST_TEST(error["moderation_details"]["categories"] == json({"violence", "harassment"}));
  row.reason = failure::blocked_output;
  error = json::parse(server::openai_error_object(server::describe_failure(row), "req_1"));
  BOOST_TEST(error["moderation_details"]["moderation_stage"] == "output");
  BOOST_TEST(error["moderation_details"]["categories"] == json({"other"}));
}

BOOST_AUTO_TEST_CASE(retry_after_is_rounded_up_to_whole_seconds) {
  auto client = connect();
  client.send(request_text("GET", "/v1/account", bearer));
  front.questions.take().reply(unexpected(refusal{why::cooling_down, {}, std::chrono::milliseconds(90'001)}));
  BOOST_TEST(client.read().header("retry-after") == "91");
  client.send(request_text("GET", "/v1/account", bearer));
  front.questions.take().reply(unexpected(refusal{why::overloaded, {}, duration(0)}));
  BOOST_TEST(client.read().header("retry-after") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
