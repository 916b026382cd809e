#pragma once

#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

inline constexpr std::array all_failure_classes{
  failure_class::not_sent,   failure_class::busy,       failure_class::unavailable, failure_class::ambiguous,
  failure_class::incomplete, failure_class::refused,    failure_class::our_request, failure_class::our_account,
  failure_class::failed,     failure_class::bad_result, failure_class::timed_out};

[[nodiscard]] std::string_view to_string(failure_class);

/// Whether a failure says something about the upstream's health. Refusals and our own mistakes do not (breaker).
[[nodiscard]] bool counts_against_health(failure_class);

enum class call_kind { moderation, free_generation, paid_create, paid_poll, result_download };

inline constexpr std::array all_call_kinds{call_kind::moderation, call_kind::free_generation, call_kind::paid_create,
                                           call_kind::paid_poll, call_kind::result_download};

/// What the generation ends with when no attempt is left, whatever the call was.
[[nodiscard]] failure ends_as(failure_class);

/// The same where the call is known: a prompt that could not be moderated is not generated (THIRD-3), and a paid
/// create whose answer was lost has an unknown outcome.
[[nodiscard]] failure ends_as(failure_class, call_kind);

/// A paid create after which a task may run of which we know nothing: only its callback can still tell.
[[nodiscard]] bool may_run_unknown(call_kind, failure_class);

/// What a generation without an image ends with, from what each of its images failed with (`none`: it did not). What
/// the provider refused says more to the person than what merely went wrong; else the first failure counts.
[[nodiscard]] failure failure_of_all(std::span<const failure> images);

/// Attempts count the first one. Each class of failure is measured against all attempts made so far.
struct retry_policy {
  int moderation_attempts = 3;
  int free_ambiguous_attempts = 2; ///< at most one blind repeat, and on the free tier only
  int free_busy_attempts = 3;      ///< the relay said "later": two repeats
  int busy_attempts = 5;           ///< nothing was sent, or a paid create was turned away
  int poll_attempts = 90;          ///< in a row; at the longest pause, the 15 minutes a task may take
  int download_attempts = 3;
  duration first_backoff = std::chrono::milliseconds(250);
  duration longest_backoff = std::chrono::seconds(10);
};

/// How long to wait before attempt number `made + 1`, or nothing when the call must not be repeated.
/// `jitter` in [0, 1) shortens the pause by up to a quarter, but never below what the upstream asked for. A paid
/// create whose outcome is unknown is never repeated. Whoever waits compares the pause with the time it has left.
[[nodiscard]] std::optional<duration> retry_delay(const retry_policy&, call_kind, const upstream_failure&, int made,
                                                  double jitter);

} // namespace easel::policies
