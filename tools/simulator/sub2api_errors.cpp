#include "tools/simulator/sub2api_errors.hpp"

namespace easel::simulator {
namespace {

std::string usual_code(int status) {
  switch (status) {
  case 401:
    return "INVALID_API_KEY";
  case 403:
    return "INSUFFICIENT_BALANCE";
  case 429:
    return "API_KEY_QUOTA_EXHAUSTED";
  case 503:
    return "API_KEY_AUTH_OVERLOADED";
  default:
    return "INTERNAL_ERROR";
  }
}

std::string usual_type(int status) {
  switch (status) {
  case 400:
  case 413:
    return "invalid_request_error";
  case 403:
    return "permission_error";
  case 404:
    return "not_found_error";
  case 429:
    return "rate_limit_error";
  case 499:
  case 503:
    return "api_error";
  default:
    return "upstream_error";
  }
}

} // namespace

std::string middleware_error(const std::string& code) {
  return json{{"code", code}, {"message", "simulated: " + code}}.dump();
}

std::string gateway_error(const std::string& type, const std::string& message, const std::string& code) {
  json error{{"type", type}, {"message", message}};
  if (!code.empty())
    error["code"] = code;
  return json{{"error", std::move(error)}}.dump();
}

sub2api_error error_for(const fault& f) {
  if (f.kind == fault_kind::refuse)
    return {400,
            gateway_error("image_generation_user_error", "The request was refused by the safety system (simulated).",
                          f.code.empty() ? "moderation_blocked" : f.code)};
  if (f.shape == "middleware")
    return {f.status, middleware_error(f.code.empty() ? usual_code(f.status) : f.code)};
  if (f.shape == "anthropic") {
    json error{{"type", "permission_error"}, {"message", "This key has no group (simulated)."}};
    return {f.status, json{{"type", "error"}, {"error", std::move(error)}}.dump()};
  }
  return {f.status, gateway_error(usual_type(f.status), "Upstream request failed (simulated)", f.code)};
}

} // namespace easel::simulator
