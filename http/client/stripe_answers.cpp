#include "http/client/stripe_answers.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/egress_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace easel::client {

using policies::failure_class;
using policies::upstream_failure;

namespace {

bool is_limit(std::string_view code) { return code == "rate_limit" || code == "http_429"; }

} // namespace

stripe_outcome outcome_of(const upstream_failure& failure) {
  switch (failure.what) {
  case failure_class::busy: // an object that is locked is busy as well, and no matter of how much we ask
    return is_limit(failure.code) ? stripe_outcome::limited : stripe_outcome::later;
  case failure_class::not_sent:
  case failure_class::unavailable:
  case failure_class::ambiguous:
  case failure_class::timed_out:
    return stripe_outcome::later;
  case failure_class::incomplete:
  case failure_class::bad_result:
    return stripe_outcome::unreadable;
  case failure_class::refused:
  case failure_class::our_request:
  case failure_class::our_account:
  case failure_class::failed:
    break;
  }
  return stripe_outcome::refused;
}

namespace stripe {
namespace {

constexpr std::array<std::string_view, 12> known_codes{
  "resource_missing",
  "idempotency_error",
  "idempotency_key_in_use",
  "lock_timeout",
  "rate_limit",
  "parameter_missing",
  "parameter_unknown",
  "parameter_invalid_empty",
  "api_key_expired",
  "customer_max_subscriptions",
  "card_error",
  "secret_key_required",
};

failure_class class_of(int status, failure_class by_status) {
  switch (status) {
  case 404:
    return failure_class::our_request; // of an object, not of an address
  case 402:
    return failure_class::refused;
  case 409: // the same call is in flight, or the object is locked
  case 429:
    return failure_class::busy;
  default:
    return by_status;
  }
}

upstream_failure read_error(const answer& got) {
  auto failure = status_failure(got.status, got.retry_after);
  failure.what = class_of(got.status, failure.what);
  const auto body = parse_bounded(got.body);
  if (!body)
    return failure;
  const auto& error = member(*body, "error");
  for (const auto* name : {"code", "type"})
    if (const auto& word = text_member(error, name);
        std::find(known_codes.begin(), known_codes.end(), word) != known_codes.end()) {
      failure.code = word;
      break;
    }
  return failure;
}

} // namespace

expected<nlohmann::json, upstream_failure> decode_object(const answer& got) {
  if (got.status != 200)
    return unexpected(read_error(got));
  auto body = parse_unambiguous(got.body);
  if (!body || !body->is_object())
    return unexpected(malformed_answer());
  return *std::move(body);
}

bool is_missing(const upstream_failure& failure) { return failure.code == "resource_missing"; }

upstream_failure malformed_answer() { return {failure_class::incomplete, std::nullopt, "malformed_answer"}; }

bool is_page_url(const std::string& url, const stripe_settings& settings) {
  const auto target = parse_target(url);
  return target && (target->https || settings.base_url.starts_with("http://"));
}

} // namespace stripe
} // namespace easel::client
