#pragma once

#include "policies/stripe_objects.hpp"
#include "policies/vocabulary/expected.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string_view>

/// Stripe's events, reduced to ids, type, times, amounts, status and links before anything of them is stored: name,
/// address, e-mail and card stay here (BILL-1; billing-identity-edge, sections 1.4 and 1.6). Pure.
namespace easel::client::stripe {

/// A delivery larger than this is none of Stripe's.
inline constexpr std::size_t longest_event = 1u << 20;

/// `malformed`: no JSON, larger than `longest_event`, nested too deep, a member that comes twice, or no event.
/// `unsupported`: a thin event (v2.core.event), which carries no object.
[[nodiscard]] expected<policies::stripe::event, policies::stripe::delivery> reduce_stripe_event(std::string_view body);

/// The same for an event of a list. Nothing when it is none.
[[nodiscard]] std::optional<policies::stripe::event> decode_event(const nlohmann::json& event);

/// The types that the service reads (section 1.1), in two groups as long as one query takes: what an endpoint should be
/// subscribed to, and what the reconciler asks for. `group` is 0 or 1.
[[nodiscard]] std::span<const std::string_view> event_types(int group);

} // namespace easel::client::stripe
