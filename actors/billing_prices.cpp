#include "actors/billing_prices.hpp"

namespace easel::actors {

expected<std::vector<policies::price_fault>, client::stripe_outcome>
check_prices(const policies::billing_settings& settings, const stripe_asker& stripe) {
  std::vector<policies::price_fault> faults;
  const auto look = [&](const auto& items) -> std::optional<client::stripe_outcome> {
    for (const auto& item : items) {
      const auto found = stripe.ask<std::optional<policies::stripe::price>>(
        [&](auto& client, auto done) { client.find_price(item.price, std::move(done)); });
      if (!found)
        return found.error();
      if (auto fault = policies::check_price(item, *found, settings.livemode))
        faults.push_back(std::move(*fault));
    }
    return std::nullopt;
  };
  if (const auto failure = look(settings.catalogue.plans))
    return unexpected(*failure);
  if (const auto failure = look(settings.catalogue.packs))
    return unexpected(*failure);
  return faults;
}

} // namespace easel::actors
