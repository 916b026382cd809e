#include "policies/breaker.hpp"

#include <algorithm>

namespace easel::policies {

breaker::phase breaker::at(moment now) const {
  if (!open_until_)
    return phase::closed;
  return now < *open_until_ ? phase::open : phase::half_open;
}

bool breaker::admits(moment now) const {
  const auto phase_now = at(now);
  return phase_now == phase::closed || (phase_now == phase::half_open && probes_ == 0);
}

std::optional<moment> breaker::opens_for_probe_at() const { return probes_ == 0 ? open_until_ : std::nullopt; }

void breaker::started(moment now) {
  if (at(now) == phase::half_open)
    ++probes_;
}

void breaker::succeeded(moment now) {
  // While open, an answer can only come from a call that began before: it proves nothing about a cool-down.
  if (at(now) == phase::open)
    return;
  failures_ = 0;
  probes_ = 0;
  open_until_.reset();
  open_span_ = duration::zero();
}

void breaker::abandoned(moment now) {
  if (at(now) == phase::half_open)
    probes_ = std::max(probes_ - 1, 0);
}

void breaker::hold_open(moment until) {
  open_until_ = std::max(open_until_.value_or(until), until);
  open_span_ = std::max(open_span_, policy_.open_for); // what a failed probe doubles
  probes_ = 0;
}

void breaker::failed(const upstream_failure& why, moment now) {
  if (!counts_against_health(why.what))
    return succeeded(now);
  const auto pause = why.retry_after.value_or(duration::zero());
  switch (at(now)) {
  case phase::open:
    open_until_ = std::max(*open_until_, now + pause);
    return;
  case phase::half_open:
    open_span_ = std::min(open_span_ * 2, policy_.longest_open);
    break;
  case phase::closed:
    ++failures_;
    if (pause <= duration::zero() && why.what != failure_class::our_account && failures_ < policy_.trip_after)
      return;
    open_span_ = policy_.open_for;
    break;
  }
  probes_ = 0;
  // A cool-down that the upstream names is its own measure; without one, the span that doubles with each failed probe.
  open_until_ = now + (pause > duration::zero() ? pause : open_span_);
}

} // namespace easel::policies
