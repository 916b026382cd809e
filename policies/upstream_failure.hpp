#pragma once

#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>
#include <string>

namespace easel::policies {

/// What went wrong in one call to an upstream, as far as the next step depends on it
/// (upstreams, section 5.2). The upstream's own words are never part of it.
enum class failure_class {
  not_sent,    ///< DNS, connect, TLS: nothing left this machine
  busy,        ///< 429 or an answer that says "later": nothing was started
  unavailable, ///< 503, maintenance, queue full: nothing was started
  ambiguous,   ///< reset, time-out or 5xx after the request was sent: something may exist
  incomplete,  ///< the stream or body ended without its result
  refused,     ///< the upstream's content filter: final, and healthy
  our_request, ///< 400, 413, 422: a bug on our side
  our_account, ///< 401, 402, 403, 404: key, balance, slug; an operator's matter
  failed,      ///< the upstream worked and reports failure
  bad_result,  ///< bytes that are no image we accept
  timed_out,   ///< our own limit
};

struct upstream_failure {
  failure_class what = failure_class::ambiguous;
  std::optional<duration> retry_after;
  std::string code; ///< short, ours or from a closed list: safe in logs and the console

  friend bool operator==(const upstream_failure&, const upstream_failure&) = default;
};

/// Whether a failure says something about the upstream's health. Refusals and our own mistakes do not (breaker).
[[nodiscard]] bool counts_against_health(failure_class);

/// What the generation ends with when no attempt is left.
[[nodiscard]] failure ends_as(failure_class);

struct retry_policy {
  int moderation_attempts = 3;
  int free_ambiguous_attempts = 2; ///< at most one blind repeat, and on the free tier only
  int busy_attempts = 5;
  duration first_backoff = std::chrono::milliseconds(250);
  duration longest_backoff = std::chrono::seconds(10);
};

enum class call_kind { moderation, free_generation, paid_create, paid_poll, result_download };

/// How long to wait before attempt number `made + 1`, or nothing when the call must not be repeated.
/// `jitter` in [0, 1) shortens the pause by up to a quarter. A paid create whose outcome is unknown is never repeated.
[[nodiscard]] std::optional<duration> retry_delay(const retry_policy&, call_kind, const upstream_failure&, int made,
                                                  double jitter);

} // namespace easel::policies
