#pragma once

#include "actors/billing_door.hpp"
#include "http/server/answers.hpp"

#include <nlohmann/json.hpp>

/// What a person sees of what is for sale and what they bought. Ids of Stripe's are nobody's business and not in here,
/// but for the one that a renewal goes by: its invoice's.
namespace easel::server {

/// `GET /v1/billing`: what the account has, and what it could buy.
[[nodiscard]] nlohmann::json view_of(const actors::billing_view& view, const policies::billing_catalogue& offers);
[[nodiscard]] nlohmann::json view_of(const actors::purchase_view& purchase);

[[nodiscard]] problem describe(actors::billing_refusal why);

} // namespace easel::server
