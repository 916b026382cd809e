#include "http/client/bounded_json.hpp"
#include "http/client/sub2api.hpp"

#include <algorithm>
#include <array>

/// The error tables of upstreams, section 3.5. Words of the relay are compared with these lists and never passed on.
namespace easel::client::sub2api {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;

struct rule {
  std::string_view word;
  failure_class what;
};

/// Shape A, checks of our own key and account, and codes of shape B that mean one thing under any status.
constexpr std::array by_code{
  rule{"api_key_in_query_deprecated", failure_class::our_request},
  rule{"API_KEY_REQUIRED", failure_class::our_account},
  rule{"INVALID_API_KEY", failure_class::our_account},
  rule{"API_KEY_DISABLED", failure_class::our_account},
  rule{"USER_NOT_FOUND", failure_class::our_account},
  rule{"USER_INACTIVE", failure_class::our_account},
  rule{"ACCESS_DENIED", failure_class::our_account},
  rule{"API_KEY_EXPIRED", failure_class::our_account},
  rule{"SUBSCRIPTION_NOT_FOUND", failure_class::our_account},
  rule{"SUBSCRIPTION_INVALID", failure_class::our_account},
  rule{"INSUFFICIENT_BALANCE", failure_class::our_account},
  rule{"GROUP_NOT_ALLOWED", failure_class::our_account},
  rule{"API_KEY_QUOTA_EXHAUSTED", failure_class::our_account},
  rule{"USAGE_LIMIT_EXCEEDED", failure_class::our_account},
  rule{"INVALID_AUTH_RATE_LIMITED", failure_class::our_account},
  rule{"INTERNAL_ERROR", failure_class::ambiguous},
  rule{"API_KEY_AUTH_OVERLOADED", failure_class::unavailable},
  rule{"insufficient_quota", failure_class::our_account},
  rule{"invalid_api_key", failure_class::our_account},
  rule{"model_not_found", failure_class::our_account},
  rule{"invalid_value", failure_class::our_request},
  rule{"rate_limit_exceeded", failure_class::busy},
  rule{"response_incomplete", failure_class::incomplete},
  rule{"image_generation_unavailable", failure_class::incomplete},
};

/// Types of shape B, for errors that come without a status of their own.
constexpr std::array by_type{
  rule{"invalid_request_error", failure_class::our_request},
  rule{"image_generation_user_error", failure_class::our_request},
  rule{"authentication_error", failure_class::our_account},
  rule{"permission_error", failure_class::our_account},
  rule{"billing_error", failure_class::our_account},
  rule{"not_found_error", failure_class::our_account},
  rule{"insufficient_quota", failure_class::our_account},
  rule{"rate_limit_error", failure_class::busy},
  rule{"rate_limit_exceeded", failure_class::busy},
  rule{"incomplete_error", failure_class::incomplete},
  rule{"billing_service_error", failure_class::unavailable},
  rule{"overloaded_error", failure_class::unavailable},
  rule{"upstream_error", failure_class::ambiguous},
  rule{"api_error", failure_class::ambiguous},
  rule{"server_error", failure_class::ambiguous},
};

template <std::size_t N>
const rule* find(const std::array<rule, N>& rules, std::string_view word) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const rule& r) { return r.word == word; });
  return found == rules.end() ? nullptr : &*found;
}

/// The upstream's filter, the text model's refusal, or the relay's own audit: final under any status.
std::optional<std::string_view> refusal(std::string_view type, std::string_view code) {
  constexpr std::string_view user_error = "image_generation_user_error";
  constexpr std::string_view policy = "content_policy_violation";
  if (code == "moderation_blocked")
    return "moderation_blocked";
  if (code == policy || (type == policy && code.empty()))
    return policy;
  if (type == user_error && code == "response_incomplete")
    return "response_incomplete";
  if (type == user_error && code.empty())
    return user_error;
  return std::nullopt;
}

/// `type` and `code` of shape B; `code` alone of shape A.
std::pair<std::string_view, std::string_view> words_of(const json& body) {
  const auto& error = member(body, "error");
  if (error.is_object())
    return {text_member(error, "type"), text_member(error, "code")};
  return {{}, text_member(body, "code")};
}

upstream_failure named(const rule& found, std::optional<duration> retry_after) {
  return {found.what, retry_after, std::string(found.word)};
}

} // namespace

upstream_failure read_error(int status, const json& body, std::optional<duration> retry_after) {
  const auto [type, code] = words_of(body);
  if (const auto refused = refusal(type, code))
    return {failure_class::refused, std::nullopt, std::string(*refused)};
  if (const auto* found = find(by_code, code))
    return named(*found, retry_after);
  if (status != 200 && status != 502)
    return status_failure(status, retry_after);
  if (const auto* found = find(by_type, type))
    return named(*found, retry_after);
  return status == 200 ? upstream_failure{failure_class::ambiguous, retry_after, "error_in_answer"}
                       : status_failure(status, retry_after);
}

} // namespace easel::client::sub2api
