#pragma once

#include "policies/stripe_objects.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

/// Stripe's objects as the service reads them in API version 2026-10-28.endive: every field where that version has it
/// (billing-identity-edge, section 1.5). Nothing when an object is another, or breaks the bounds of
/// policies/stripe_objects.hpp; fields that are not read are ignored, whatever they hold. Pure.
namespace easel::client::stripe {

[[nodiscard]] std::optional<policies::stripe::checkout_session> decode_session(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::subscription> decode_subscription(const nlohmann::json& object);
/// With the lines and payments that are in it; `has_more_lines` and `has_more_payments` say whether there are others.
[[nodiscard]] std::optional<policies::stripe::invoice> decode_invoice(const nlohmann::json& object);
[[nodiscard]] bool has_more_lines(const nlohmann::json& invoice);
[[nodiscard]] bool has_more_payments(const nlohmann::json& invoice);
[[nodiscard]] std::optional<policies::stripe::invoice_line> decode_line(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::invoice_payment> decode_invoice_payment(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::payment> decode_payment(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::refund> decode_refund(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::dispute> decode_dispute(const nlohmann::json& object);
/// With its source expanded.
[[nodiscard]] std::optional<policies::stripe::movement> decode_movement(const nlohmann::json& object);
[[nodiscard]] std::optional<policies::stripe::price> decode_price(const nlohmann::json& object);

} // namespace easel::client::stripe
