#pragma once

#include "actors/stripe_asker.hpp"
#include "policies/billing_catalogue.hpp"

#include <vector>

namespace easel::actors {

/// Asks Stripe for each price of the catalogue and compares: empty when all of it may be sold. Blocks.
[[nodiscard]] expected<std::vector<policies::price_fault>, client::stripe_outcome>
check_prices(const policies::billing_settings& settings, const stripe_asker& stripe);

} // namespace easel::actors
