#include "policies/billing_catalogue.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

template <class Item>
const Item* find_in(const std::vector<Item>& items, std::string_view key, std::string Item::*field) {
  const auto at = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.*field == key; });
  return at == items.end() ? nullptr : &*at;
}

/// What is wrong with a price, whatever it is for; empty when nothing is.
std::string difference(const std::optional<stripe::price>& found, std::int64_t amount, const std::string& currency,
                       std::string_view interval, bool livemode) {
  if (!found)
    return "Stripe does not know this price";
  if (found->livemode != livemode)
    return livemode ? "the price is one of Stripe's test mode" : "the price is one of Stripe's live mode";
  if (!found->active)
    return "the price is archived at Stripe";
  if (found->currency != currency)
    return "the currency at Stripe is " + found->currency + ", not " + currency;
  if (!found->unit_amount || *found->unit_amount != amount)
    return "the amount at Stripe is "
           + (found->unit_amount ? std::to_string(*found->unit_amount) : std::string("not a fixed one")) + ", not "
           + std::to_string(amount);
  if (found->interval != interval || (!interval.empty() && found->interval_count != 1))
    return interval.empty() ? "the price at Stripe recurs"
                            : "the price at Stripe is not for one " + std::string(interval);
  return {};
}

template <class Item>
std::optional<price_fault> fault_of(const Item& item, const std::optional<stripe::price>& found,
                                    std::string_view interval, bool livemode) {
  auto what = difference(found, item.amount, item.currency, interval, livemode);
  if (what.empty())
    return std::nullopt;
  return price_fault{item.id, item.price, std::move(what)};
}

} // namespace

const billing_plan* billing_catalogue::find_plan(std::string_view id) const {
  return find_in(plans, id, &billing_plan::id);
}

const billing_pack* billing_catalogue::find_pack(std::string_view id) const {
  return find_in(packs, id, &billing_pack::id);
}

const billing_plan* billing_catalogue::plan_of_price(std::string_view price) const {
  return find_in(plans, price, &billing_plan::price);
}

std::optional<price_fault> check_price(const billing_plan& item, const std::optional<stripe::price>& found,
                                       bool livemode) {
  return fault_of(item, found, item.interval == plan_interval::month ? "month" : "year", livemode);
}

std::optional<price_fault> check_price(const billing_pack& item, const std::optional<stripe::price>& found,
                                       bool livemode) {
  return fault_of(item, found, "", livemode);
}

} // namespace easel::policies
