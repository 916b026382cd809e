#include "http/client/answer.hpp"

namespace easel::client {
namespace {

using policies::failure_class;

failure_class class_of_client_error(int status) {
  switch (status) {
  case 401:
  case 402:
  case 403:
  case 404:
    return failure_class::our_account;
  case 408:
  case 409:
  case 499:
    return failure_class::ambiguous;
  case 425:
  case 429:
    return failure_class::busy;
  default:
    return failure_class::our_request;
  }
}

failure_class class_of(int status) {
  if (status == 503 || status == 529) // 529: overloaded
    return failure_class::unavailable;
  if (status >= 500)
    return failure_class::ambiguous;
  if (status >= 400)
    return class_of_client_error(status);
  if (status >= 300) // redirects are not followed: the configured address is not the service's
    return failure_class::our_account;
  return failure_class::incomplete;
}

} // namespace

policies::upstream_failure wire_failure(wire_end end) {
  switch (end) {
  case wire_end::not_sent:
    return {failure_class::not_sent, std::nullopt, "not_sent"};
  case wire_end::timed_out:
    return {failure_class::timed_out, std::nullopt, "timed_out"};
  case wire_end::too_large:
    return {failure_class::bad_result, std::nullopt, "answer_too_large"};
  case wire_end::shut_down:
    return {failure_class::ambiguous, std::nullopt, "shut_down"};
  case wire_end::complete:
    return {failure_class::incomplete, std::nullopt, "no_result"};
  case wire_end::reset:
  case wire_end::stopped:
    break;
  }
  return {failure_class::ambiguous, std::nullopt, "reset"};
}

policies::upstream_failure status_failure(int status, std::optional<duration> retry_after) {
  return {class_of(status), retry_after, status_code_name(status)};
}

std::string status_code_name(int status) {
  return status >= 100 && status <= 999 ? "http_" + std::to_string(status) : "http_other";
}

} // namespace easel::client
