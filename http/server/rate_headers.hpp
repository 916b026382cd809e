#pragma once

#include "http/server/exchange.hpp"

#include <span>
#include <vector>

namespace easel::server {

/// What callers are told of their limits, in both families that clients read: `RateLimit-Policy` and `RateLimit`
/// (draft-ietf-httpapi-ratelimit-headers-11, structured fields of RFC 9651) with every limit, and OpenAI's
/// `x-ratelimit-*-requests` with the one that binds first. Nothing when no limit was looked at.
[[nodiscard]] std::vector<header> rate_headers(std::span<const policies::quota> quotas);

} // namespace easel::server
