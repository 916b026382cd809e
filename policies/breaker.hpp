#pragma once

#include "policies/upstream_failure.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>

namespace easel::policies {

struct breaker_policy {
  int trip_after = 5;                          ///< failures in a row, healthy answers reset
  duration open_for = std::chrono::seconds(5); ///< doubles with each failed probe
  duration longest_open = std::chrono::minutes(5);
};

/// Circuit breaker of one credential: closed, open until a moment, then half open with one probe at a time.
/// Refusals are healthy answers; a `Retry-After` opens it for that long at once (a cool-down); a refused key or
/// balance (`our_account`) opens it at once, because the next call can only end the same way (upstreams, 5.2).
/// Every `started` must be followed by exactly one of `succeeded`, `failed`, `abandoned`.
class breaker {
public:
  enum class phase { closed, open, half_open };

  explicit breaker(breaker_policy policy) : policy_(policy) {}

  [[nodiscard]] phase at(moment now) const;
  /// Whether a call may start now.
  [[nodiscard]] bool admits(moment now) const;
  /// When `admits` may change by time alone; nothing when closed or waiting for a probe.
  [[nodiscard]] std::optional<moment> opens_for_probe_at() const;

  void started(moment now);
  void succeeded(moment now);
  void failed(const upstream_failure& why, moment now);
  /// A call ended on our own wish, before it said anything about the upstream.
  void abandoned(moment now);
  /// An operator wants no call before `until`; a longer pause stays. Then a probe decides, as after failures.
  void hold_open(moment until);

private:
  breaker_policy policy_;
  int failures_ = 0;
  int probes_ = 0;
  std::optional<moment> open_until_;
  duration open_span_{};
};

} // namespace easel::policies
