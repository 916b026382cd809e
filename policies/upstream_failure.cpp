#include "policies/upstream_failure.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

/// The most attempts at a call that failed like this; 1 means that it is never repeated (upstreams, section 5.2).
int moderation_attempts(const retry_policy& policy, failure_class what) {
  switch (what) {
  case failure_class::refused:
  case failure_class::our_request:
  case failure_class::our_account:
    return 1;
  default: // small, free, and without effect: may be asked again
    return policy.moderation_attempts;
  }
}

int free_attempts(const retry_policy& policy, failure_class what) {
  switch (what) {
  case failure_class::not_sent:
    return policy.busy_attempts;
  case failure_class::busy:
  case failure_class::unavailable:
    return policy.free_busy_attempts;
  case failure_class::ambiguous:
  case failure_class::incomplete:
  case failure_class::failed:
  case failure_class::bad_result:
    return policy.free_ambiguous_attempts;
  case failure_class::refused:
  case failure_class::our_request:
  case failure_class::our_account:
  case failure_class::timed_out: // all the time that one image is worth has been spent
    return 1;
  }
  return 1;
}

int paid_create_attempts(const retry_policy& policy, failure_class what) {
  switch (what) {
  case failure_class::not_sent:
  case failure_class::busy:
  case failure_class::unavailable:
    return policy.busy_attempts;
  default: // a task may exist, and would be paid twice
    return 1;
  }
}

/// Polls and downloads change nothing upstream.
int reading_attempts(int most, failure_class what) {
  switch (what) {
  case failure_class::not_sent:
  case failure_class::busy:
  case failure_class::unavailable:
  case failure_class::ambiguous:
  case failure_class::incomplete:
  case failure_class::timed_out:
    return most;
  default:
    return 1;
  }
}

int attempts_for(const retry_policy& policy, call_kind call, failure_class what) {
  switch (call) {
  case call_kind::moderation:
    return moderation_attempts(policy, what);
  case call_kind::free_generation:
    return free_attempts(policy, what);
  case call_kind::paid_create:
    return paid_create_attempts(policy, what);
  case call_kind::paid_poll:
    return reading_attempts(policy.poll_attempts, what);
  case call_kind::result_download:
    return reading_attempts(policy.download_attempts, what);
  }
  return 1;
}

/// Doubles with every attempt made, up to the longest.
duration backoff(const retry_policy& policy, int made) {
  auto pause = std::min(policy.first_backoff, policy.longest_backoff);
  for (int i = 1; i < made && pause < policy.longest_backoff; ++i)
    pause = std::min(pause * 2, policy.longest_backoff);
  return pause;
}

duration shortened(duration pause, double jitter) {
  const double part = 1.0 - std::clamp(jitter, 0.0, 1.0) / 4;
  return duration(static_cast<duration::rep>(static_cast<double>(pause.count()) * part));
}

} // namespace

std::string_view to_string(failure_class what) {
  switch (what) {
  case failure_class::not_sent:
    return "not_sent";
  case failure_class::busy:
    return "busy";
  case failure_class::unavailable:
    return "unavailable";
  case failure_class::ambiguous:
    return "ambiguous";
  case failure_class::incomplete:
    return "incomplete";
  case failure_class::refused:
    return "refused";
  case failure_class::our_request:
    return "our_request";
  case failure_class::our_account:
    return "our_account";
  case failure_class::failed:
    return "failed";
  case failure_class::bad_result:
    return "bad_result";
  case failure_class::timed_out:
    return "timed_out";
  }
  return "unknown";
}

bool counts_against_health(failure_class what) {
  return what != failure_class::refused && what != failure_class::our_request;
}

failure ends_as(failure_class what) {
  switch (what) {
  case failure_class::not_sent:
  case failure_class::busy:
  case failure_class::unavailable:
    return failure::upstream_unavailable;
  case failure_class::ambiguous:
  case failure_class::incomplete:
  case failure_class::our_request:
  case failure_class::failed:
    return failure::upstream_error;
  case failure_class::refused:
    return failure::blocked_output;
  case failure_class::our_account:
    return failure::upstream_misconfigured;
  case failure_class::bad_result:
    return failure::invalid_result;
  case failure_class::timed_out:
    return failure::upstream_timeout;
  }
  return failure::upstream_error;
}

failure ends_as(failure_class what, call_kind call) {
  if (call == call_kind::moderation)
    return failure::moderation_unavailable;
  const bool answer_lost = what == failure_class::ambiguous || what == failure_class::incomplete
                           || what == failure_class::bad_result || what == failure_class::timed_out;
  return call == call_kind::paid_create && answer_lost ? failure::outcome_unknown : ends_as(what);
}

bool may_run_unknown(call_kind call, failure_class what) {
  return call == call_kind::paid_create
         && (what == failure_class::ambiguous || what == failure_class::timed_out || what == failure_class::incomplete);
}

failure failure_of_all(std::span<const failure> images) {
  auto found = failure::none;
  for (const auto each : images)
    if (each == failure::blocked_output || found == failure::none)
      found = each;
  return found;
}

std::optional<duration> retry_delay(const retry_policy& policy, call_kind call, const upstream_failure& failure,
                                    int made, double jitter) {
  if (made >= attempts_for(policy, call, failure.what))
    return std::nullopt;
  return std::max(shortened(backoff(policy, made), jitter), failure.retry_after.value_or(duration::zero()));
}

} // namespace easel::policies
