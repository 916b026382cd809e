#pragma once

#include "policies/stripe_objects.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <span>
#include <string_view>

namespace easel::client::stripe {

/// What one delivery to the webhook says, when Stripe signed it with one of `secrets` at most 300 s before or after
/// `now`: reduced, so that nothing of the buyer goes further. Else `bad_signature`, `stale`, `malformed` or
/// `unsupported`. Whether livemode and API version are the right ones is not judged here. Pure.
[[nodiscard]] expected<policies::stripe::event, policies::stripe::delivery>
judge_webhook(std::string_view body, std::string_view signature, std::span<const secret_text> secrets, instant now);

} // namespace easel::client::stripe
