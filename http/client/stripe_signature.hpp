#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <span>
#include <string>
#include <string_view>

/// The signature of a delivery to Stripe's webhook (billing-identity-edge, section 1.2). Where Stripe's own library is
/// laxer than what is said there, this is the stricter one. Pure.
namespace easel::client::stripe {

/// Either way: the library looks back only, and a clock that runs ahead would let a delivery be replayed for longer.
inline constexpr duration signature_tolerance = std::chrono::seconds(300);

enum class signature_fault {
  mismatch, ///< none of the secrets made it, or the header is none, or names its time twice
  stale,    ///< genuine, but made more than `signature_tolerance` before or after `now`
};

/// `header` is the value of `Stripe-Signature`, `body` what came byte for byte. In constant time. A secret counts as a
/// whole, its `whsec_` included; an empty one makes nothing genuine.
[[nodiscard]] expected<void, signature_fault> verify_signature(std::string_view body, std::string_view header,
                                                               std::span<const secret_text> secrets, instant now);

/// The `v1` that Stripe would send: HMAC-SHA256 of `timestamp`, a dot and the body, in lower-case hex.
[[nodiscard]] std::string sign(const secret_text& secret, std::string_view timestamp, std::string_view body);

} // namespace easel::client::stripe
