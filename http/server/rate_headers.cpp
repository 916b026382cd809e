#include "http/server/rate_headers.hpp"

namespace easel::server {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string text_of_seconds(duration d) { return std::to_string(std::chrono::ceil<seconds>(d).count()); }

/// As OpenAI writes durations: 120ms, 8s, 6m0s.
std::string short_duration(duration d) {
  if (const auto ms = std::chrono::ceil<milliseconds>(d).count(); ms < 1000)
    return ms == 0 ? "0s" : std::to_string(ms) + "ms";
  const auto s = std::chrono::ceil<seconds>(d).count();
  return s < 60 ? std::to_string(s) + 's' : std::to_string(s / 60) + 'm' + std::to_string(s % 60) + 's';
}

} // namespace

std::vector<header> rate_headers(std::span<const policies::quota> quotas) {
  const auto* least = policies::tightest(quotas);
  if (least == nullptr)
    return {};
  std::string policy, state;
  for (const auto& q : quotas) {
    const auto name = std::string(policy.empty() ? "\"" : ", \"") + std::string(q.name) + "\";";
    policy += name + "q=" + std::to_string(q.per_minute) + ";w=60";
    state += name + "r=" + std::to_string(q.remaining) + ";t=" + text_of_seconds(q.until_full);
  }
  return {{"RateLimit-Policy", std::move(policy)},
          {"RateLimit", std::move(state)},
          {"x-ratelimit-limit-requests", std::to_string(least->per_minute)},
          {"x-ratelimit-remaining-requests", std::to_string(least->remaining)},
          {"x-ratelimit-reset-requests", short_duration(least->until_full)}};
}

} // namespace easel::server
