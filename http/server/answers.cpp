#include "http/server/answers.hpp"

#include "http/server/pages/pages.hpp"
#include "http/server/views.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace easel::server {

namespace {

using json = nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view invalid_request = "invalid_request_error";
constexpr std::string_view server_error = "server_error";
constexpr std::string_view image_error = "image_generation_user_error";
constexpr std::string_view rate_error = "requests";
constexpr std::string_view quota_error = "insufficient_quota";

std::int64_t whole_seconds(duration d) { return std::max<std::int64_t>(1, std::chrono::ceil<seconds>(d).count()); }

problem make(int status, std::string_view type, std::string_view code, std::string message) {
  problem p;
  p.status = status;
  p.type = type;
  p.code = code;
  p.message = std::move(message);
  return p;
}

problem retryable(problem p, duration after) {
  p.retry_after = after;
  p.should_retry = true;
  return p;
}

problem final_answer(problem p) {
  p.should_retry = false;
  return p;
}

problem refused_prompt(std::string_view stage, std::vector<std::string> categories) {
  auto p = make(400, image_error, "moderation_blocked",
                stage == "input" ? "The prompt was refused by moderation. Nothing was charged."
                                 : "The image was refused by the provider's safety system. Nothing was charged.");
  p.moderation_stage = stage;
  p.categories = std::move(categories);
  if (p.categories.empty())
    p.categories.emplace_back("other");
  return final_answer(std::move(p));
}

problem cooling_down(const actors::refusal& why) {
  auto p = make(429, rate_error, "account_cooling_down",
                "Too many prompts of this account were refused lately. Generation pauses for a while.");
  p.retry_after = why.retry_after;
  return final_answer(std::move(p));
}

problem key_capped(const actors::refusal& why) {
  const auto cap = why.cap.value_or(credits{});
  auto p = make(429, quota_error, "key_cap_reached",
                "This API key may spend " + std::to_string(cap.value())
                  + " credits in a month (UTC), and what is left of them does not cover this request. Nothing was "
                    "charged.");
  p.retry_after = why.retry_after;
  p.monthly_cap = why.cap;
  return final_answer(std::move(p));
}

/// RFC 6750, section 3: what was wrong with a token, or nothing where none was presented.
problem challenge(problem p, std::string_view error) {
  std::string value = "Bearer realm=\"easel\"";
  if (!error.empty())
    value += ", error=\"" + std::string(error) + '"';
  p.headers.push_back({"WWW-Authenticate", std::move(value)});
  return p;
}

problem to_sign_in(problem p) {
  p.remedy = "/sign-in";
  return p;
}

problem not_signed_in() {
  return to_sign_in(
    challenge(make(401, invalid_request, "not_signed_in", "Nobody is signed in here, or the session has ended."), ""));
}

problem session_required() {
  return to_sign_in(challenge(
    make(403, invalid_request, "session_required", "This is for the signed-in person; an API key may not do it."),
    "insufficient_scope"));
}

problem recent_sign_in_required() {
  return to_sign_in(make(403, invalid_request, "recent_sign_in_required",
                         "This needs a sign-in of the last few minutes. Sign in once more and repeat it."));
}

json openai_error(const problem& what, std::string_view request_id) {
  json error = {{"message", what.message + " (request " + std::string(request_id) + ")"},
                {"type", what.type},
                {"param", what.field.empty() ? json(nullptr) : json(what.field)},
                // What programs written for OpenAI look for, whichever quota it is.
                {"code", what.type == quota_error ? std::string(quota_error) : what.code}};
  if (!what.moderation_stage.empty())
    error["moderation_details"] = {{"moderation_stage", what.moderation_stage}, {"categories", what.categories}};
  if (!what.generation.empty())
    error["generation_id"] = what.generation;
  return error;
}

} // namespace

problem describe(const actors::refusal& why) {
  using w = actors::refusal::why;
  switch (why.reason) {
  case w::invalid_key:
    return unknown_key();
  case w::not_signed_in:
    return not_signed_in();
  case w::session_required:
    return session_required();
  case w::recent_sign_in_required:
    return recent_sign_in_required();
  case w::no_paid_credits:
    return final_answer(make(409, invalid_request, "no_paid_credits",
                             "The paid tier needs paid credits, and this account has none left."));
  case w::too_many_keys:
    return final_answer(make(409, invalid_request, "too_many_keys",
                             "The account has as many API keys as it may have. Revoke one first."));
  case w::invalid_request:
    return describe(why.field.value_or(policies::field_error{"", "invalid_value", "The request is not valid."}));
  case w::model_not_found: {
    auto p = make(404, invalid_request, "model_not_found", "There is no such model for this account.");
    p.field = "model";
    return p;
  }
  case w::key_reused: {
    auto p =
      make(422, invalid_request, "idempotency_key_reused", "This Idempotency-Key was used with another request body.");
    p.field = "Idempotency-Key";
    return p;
  }
  case w::restricted:
    return make(403, invalid_request, "account_restricted",
                "Processing for this account is restricted at its owner's request.");
  case w::suspended:
    return make(403, invalid_request, "account_suspended",
                "This account is suspended. Reading, export and deletion still work.");
  case w::cooling_down:
    return cooling_down(why);
  case w::insufficient_credits:
    return final_answer(make(429, quota_error, "insufficient_quota",
                             "The account's credits do not cover this request. Nothing was charged."));
  case w::key_capped:
    return key_capped(why);
  case w::too_many_requests:
    return too_many_requests("account or API key", why.retry_after.value_or(seconds(1)));
  case w::too_many_active:
    return retryable(
      make(429, rate_error, "rate_limit_exceeded", "Too many generations of this account are in work at once."),
      why.retry_after.value_or(seconds(5)));
  case w::too_many_streams:
    return retryable(make(429, rate_error, "rate_limit_exceeded",
                          "Too many event streams and long polls of this account are open at once."),
                     why.retry_after.value_or(seconds(5)));
  case w::overloaded:
    return retryable(make(503, server_error, "overloaded", "The service is at its limit. Nothing was started."),
                     why.retry_after.value_or(seconds(2)));
  case w::store_unavailable:
    return retryable(make(503, server_error, "service_unavailable", "The service cannot reach its database."),
                     why.retry_after.value_or(seconds(2)));
  case w::not_found:
    return make(404, invalid_request, "not_found", "There is no such resource, or it has expired.");
  case w::not_deletable:
    return final_answer(make(409, invalid_request, "still_in_work",
                             "The generation is still in work. It was asked to cancel; delete it once it has ended."));
  case w::internal:
    break;
  }
  return internal_error();
}

problem describe_failure(const persistence::generation_row& row) {
  auto p = [&] {
    switch (row.reason) {
    case failure::blocked_input:
      return refused_prompt("input", row.verdict ? row.verdict->categories : std::vector<std::string>{});
    case failure::blocked_output:
      return refused_prompt("output", {});
    case failure::moderation_unavailable:
      return retryable(make(503, server_error, "moderation_unavailable",
                            "The prompt could not be moderated, so nothing was generated or charged."),
                       seconds(5));
    case failure::upstream_unavailable:
      return retryable(
        make(503, server_error, "upstream_unavailable", "No provider had capacity. Nothing was started or charged."),
        seconds(5));
    case failure::upstream_misconfigured:
      return final_answer(make(503, server_error, "upstream_unavailable",
                               "The provider cannot be used at present. Nothing was charged."));
    case failure::upstream_timeout:
      return final_answer(
        make(504, server_error, "upstream_timeout", "The provider took too long. Nothing was charged."));
    case failure::upstream_error:
      return final_answer(make(502, server_error, "upstream_error", "The provider failed. Nothing was charged."));
    case failure::invalid_result:
      return final_answer(make(502, server_error, "invalid_result",
                               "What the provider returned is no image that can be accepted. Nothing was charged."));
    case failure::outcome_unknown:
      return final_answer(make(502, server_error, "outcome_unknown",
                               "The provider's answer was lost and it was not asked again. Nothing was charged."));
    case failure::cancelled:
      return final_answer(make(409, invalid_request, "cancelled", "The generation was cancelled."));
    case failure::account_closed:
      return final_answer(make(403, invalid_request, "account_closed",
                               "The account was closed, restricted or suspended while this was in work."));
    case failure::restarts_exhausted:
    case failure::none:
      break;
    }
    return final_answer(internal_error());
  }();
  p.generation = to_string(row.id);
  return p;
}

problem describe(const policies::field_error& mistake) {
  auto p = make(mistake.code == "model_not_found" ? 404 : 400, invalid_request, mistake.code, mistake.message);
  p.field = mistake.field;
  return p;
}

problem still_running(generation_id id) {
  const std::string name = to_string(id);
  auto p = make(409, invalid_request, "request_in_progress",
                "The image is still being made and nothing is lost: repeat this same request to wait on, or fetch the "
                "result with GET /v1/generations/"
                  + name + " and the same API key.");
  p.headers.push_back({"Location", "/v1/generations/" + name});
  p.generation = name;
  return retryable(std::move(p), seconds(1));
}

problem interrupted(std::optional<generation_id> id) {
  if (id)
    return still_running(*id);
  return retryable(
    make(503, server_error, "service_unavailable", "The request was interrupted before it was accepted."), seconds(1));
}

problem plain_problem(int status, std::string_view code, std::string message) {
  return make(status, status >= 500 ? server_error : invalid_request, code, std::move(message));
}

problem missing_key() {
  return challenge(make(401, invalid_request, "invalid_api_key",
                        "The API key is missing or not valid. Send it as `Authorization: Bearer esl_…`."),
                   "");
}

problem malformed_key() {
  return challenge(make(400, invalid_request, "invalid_authorization",
                        "The Authorization header is malformed. Send it once, as `Bearer esl_…`."),
                   "invalid_request");
}

problem unknown_key() {
  auto p = missing_key();
  p.headers.clear();
  return challenge(std::move(p), "invalid_token");
}

problem too_many_requests(std::string_view whose, duration wait) {
  return retryable(make(429, rate_error, "rate_limit_exceeded",
                        "Too many requests of this " + std::string(whose)
                          + ". Repeat this one after the seconds that Retry-After names."),
                   wait);
}

problem internal_error() { return make(500, server_error, "internal_error", "The server failed on this request."); }

std::string openai_error_object(const problem& what, std::string_view request_id) {
  return dump(openai_error(what, request_id));
}

std::string openai_envelope(const problem& what, std::string_view request_id) {
  return "{\"error\":" + openai_error_object(what, request_id) + "}";
}

std::string problem_document(const problem& what, std::string_view path, std::string_view request_id) {
  json document = {{"type", "about:blank"},
                   {"title", reason_phrase(what.status)},
                   {"status", what.status},
                   {"detail", what.message},
                   {"code", what.code},
                   {"request_id", request_id},
                   {"instance", std::string(path)}};
  if (!what.field.empty())
    document["field"] = what.field;
  if (!what.moderation_stage.empty())
    document["moderation"] = {{"stage", what.moderation_stage}, {"categories", what.categories}};
  if (what.monthly_cap)
    document["monthly_cap"] = what.monthly_cap->value();
  if (!what.generation.empty())
    document["generation_id"] = what.generation;
  if (!what.remedy.empty())
    document["remedy"] = what.remedy;
  return dump(document);
}

std::vector<header> problem_headers(const problem& what) {
  auto headers = what.headers;
  if (what.retry_after)
    headers.push_back({"Retry-After", std::to_string(whole_seconds(*what.retry_after))});
  if (what.should_retry)
    headers.push_back({"x-should-retry", *what.should_retry ? "true" : "false"});
  return headers;
}

void send_problem(exchange& asked, const problem& what) {
  if (asked.speaks == surface::page)
    return send_problem_page(asked, what);
  answer_head head;
  head.status = what.status;
  head.headers = problem_headers(what);
  const bool openai = asked.speaks == surface::openai;
  head.content_type = openai ? "application/json" : "application/problem+json";
  asked.send(std::move(head), openai ? openai_envelope(what, asked.request_id())
                                     : problem_document(what, asked.path, asked.request_id()));
}

std::string_view reason_phrase(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
  case 303:
    return "See Other";
  case 304:
    return "Not Modified";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 409:
    return "Conflict";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 422:
    return "Unprocessable Content";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 502:
    return "Bad Gateway";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  default:
    return "";
  }
}

} // namespace easel::server
