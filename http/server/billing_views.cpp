#include "http/server/billing_views.hpp"

#include "http/server/json_values.hpp"

namespace easel::server {

namespace {

using json = nlohmann::json;
using actors::billing_refusal;

json price_of(std::int64_t amount, const std::string& currency) { return {{"amount", amount}, {"currency", currency}}; }

json offer_of(const policies::billing_plan& plan) {
  return {{"id", plan.id},
          {"name", plan.name},
          {"price", price_of(plan.amount, plan.currency)},
          {"interval", plan.interval == policies::plan_interval::year ? "year" : "month"},
          {"credits_per_month", plan.monthly.value()},
          {"trial_days", plan.trial_days},
          {"trial_credits", plan.trial.value()}};
}

json offer_of(const policies::billing_pack& pack) {
  return {{"id", pack.id},
          {"name", pack.name},
          {"price", price_of(pack.amount, pack.currency)},
          {"credits", pack.amount_of_credits.value()}};
}

json view_of_renewal(const actors::renewal_view& renewal) {
  return {{"reference", renewal.reference},
          {"purchase", renewal.purchase ? json(to_string(*renewal.purchase)) : json(nullptr)},
          {"state", renewal.state},
          {"price", price_of(renewal.amount, renewal.currency)},
          {"credits", renewal.granted.value()},
          {"paid_at", to_string(renewal.paid_at)}};
}

json view_of_subscription(const actors::subscription_view& subscription) {
  return {{"plan", subscription.plan.empty() ? json(nullptr) : json(subscription.plan)},
          {"status", subscription.status},
          {"renews_at", time_or_null(subscription.renews_at)},
          {"ends_at", time_or_null(subscription.ends_at)}};
}

template <class Items, class View>
json each(const Items& items, View view) {
  auto out = json::array();
  for (const auto& item : items)
    out.push_back(view(item));
  return out;
}

problem again_soon(std::string code, std::string message, duration after) {
  auto out = plain_problem(503, code, std::move(message));
  out.retry_after = after;
  return out;
}

problem conflict(std::string_view code, std::string message) {
  auto out = plain_problem(409, code, std::move(message));
  out.remedy = "/billing";
  return out;
}

} // namespace

json view_of(const actors::purchase_view& purchase) {
  return {{"reference", to_string(purchase.id)},
          {"item", purchase.item},
          {"kind", purchase.is_plan ? "plan" : "pack"},
          {"state", purchase.state},
          {"price", price_of(purchase.amount, purchase.currency)},
          {"credits", purchase.granted.value()},
          {"created_at", to_string(purchase.created_at)}};
}

json view_of(const actors::billing_view& view, const policies::billing_catalogue& offers) {
  return {{"object", "billing"},
          {"tier", to_string(view.account_tier)},
          {"available", view.available.value()},
          {"blocked", view.blocked},
          {"can_buy", view.can_buy},
          {"has_portal", view.has_customer},
          {"subscriptions", each(view.subscriptions, [](const auto& one) { return view_of_subscription(one); })},
          {"purchases", each(view.purchases, [](const auto& one) { return view_of(one); })},
          {"renewals", each(view.renewals, [](const auto& one) { return view_of_renewal(one); })},
          {"plans", each(offers.plans, [](const auto& one) { return offer_of(one); })},
          {"packs", each(offers.packs, [](const auto& one) { return offer_of(one); })}};
}

problem describe(billing_refusal why) {
  using std::chrono::seconds;
  switch (why) {
  case billing_refusal::not_configured:
    return plain_problem(404, "billing_not_configured", "This server sells nothing.");
  case billing_refusal::not_signed_in:
    return describe(actors::refusal{actors::refusal::why::not_signed_in, std::nullopt, std::nullopt});
  case billing_refusal::unavailable:
    return describe(actors::refusal{actors::refusal::why::store_unavailable, std::nullopt, std::nullopt});
  case billing_refusal::overloaded:
    return describe(actors::refusal{actors::refusal::why::overloaded, std::nullopt, std::nullopt});
  case billing_refusal::stripe_away:
    return again_soon("payment_unavailable", "The payment service does not answer at present. Nothing was charged.",
                      seconds(30));
  case billing_refusal::misconfigured:
    return again_soon("payment_unavailable", "The payment service cannot be used at present. Nothing was charged.",
                      seconds(300));
  case billing_refusal::unknown_item:
    return describe(policies::field_error{"item", "unknown_item", "`item` must be a plan or pack of GET /v1/billing."});
  case billing_refusal::not_found:
    return describe(actors::refusal{actors::refusal::why::not_found, std::nullopt, std::nullopt});
  case billing_refusal::already_subscribed:
    return conflict("already_subscribed", "The account has a plan already. It is changed in the portal.");
  case billing_refusal::nothing_bought:
    return conflict("nothing_bought", "The portal is for accounts that have bought something.");
  case billing_refusal::blocked:
    return plain_problem(403, "billing_blocked",
                         "A disputed or returned payment is open. Nothing can be bought or spent until it is settled.");
  case billing_refusal::suspended:
    return describe(actors::refusal{actors::refusal::why::suspended, std::nullopt, std::nullopt});
  case billing_refusal::still_subscribed:
    return conflict("still_subscribed", "The plan goes on. Switching to free is possible once it has ended.");
  case billing_refusal::credits_left:
    return conflict("credits_left", "Paid credits are left. Switching to free is possible once they are used up.");
  }
  return internal_error();
}

} // namespace easel::server
