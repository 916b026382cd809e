#include "actors/billing_desk.hpp"

namespace easel::actors {

using persistence::purchase_begun;
using policies::stripe_kind;

namespace {

constexpr int most_rounds = 4;  ///< of making way for a new session
constexpr int most_shown = 100; ///< purchases, and as many renewals

billing_refusal refusal_for(client::stripe_outcome failure) {
  return client::may_be_repeated(failure) ? billing_refusal::stripe_away : billing_refusal::misconfigured;
}

purchase_view view_of(const persistence::purchase_seen& seen) {
  purchase_view view;
  view.id = seen.row.id;
  view.item = seen.row.item;
  view.is_plan = seen.row.terms.is_plan;
  const bool is_paid = seen.row.terms.state == policies::purchase_state::paid;
  view.state = policies::shown_state(seen.row.terms.state, seen.charged, seen.back);
  view.amount = is_paid ? seen.charged : seen.row.terms.amount;
  view.currency = seen.row.terms.currency;
  view.granted = seen.granted;
  view.created_at = seen.row.created_at;
  return view;
}

renewal_view view_of(const persistence::renewal_seen& seen) {
  renewal_view view;
  view.reference = seen.reference;
  view.purchase = seen.purchase;
  view.state = policies::shown_state(policies::purchase_state::paid, seen.charged, seen.back);
  view.amount = seen.charged;
  view.currency = seen.currency;
  view.granted = seen.granted;
  view.paid_at = seen.paid_at;
  return view;
}

} // namespace

billing_desk::outcome<account_id> billing_desk::recognise(const digest& session) {
  const auto found = books_.account_of_session(session);
  if (!found)
    return unexpected(billing_refusal::unavailable);
  if (!*found)
    return unexpected(billing_refusal::not_signed_in);
  return **found;
}

// ---------------------------------------------------------------- buying

billing_desk::outcome<std::string> billing_desk::checkout(account_id who, const checkout_start& what) {
  const auto* plan = settings_.catalogue.find_plan(what.item);
  const auto* pack = settings_.catalogue.find_pack(what.item);
  if (plan == nullptr && pack == nullptr)
    return unexpected(billing_refusal::unknown_item);
  if (!counts_.can_buy)
    return unexpected(billing_refusal::stripe_away);
  persistence::new_purchase wanted;
  wanted.account = who;
  wanted.item = what.item;
  wanted.is_plan = plan != nullptr;
  wanted.price = plan != nullptr ? plan->price : pack->price;
  wanted.amount = plan != nullptr ? plan->amount : pack->amount;
  wanted.currency = plan != nullptr ? plan->currency : pack->currency;
  wanted.amount_of_credits = plan != nullptr ? plan->monthly : pack->amount_of_credits;
  wanted.session_life = settings_.session_life;

  for (int round = 0; round < most_rounds; ++round) {
    const auto begun = books_.begin_purchase(wanted);
    if (!begun)
      return unexpected(billing_refusal::unavailable);
    switch (begun->result) {
    case purchase_begun::begun:
      return open_session(*begun, what, plan != nullptr && !begun->had_plan ? plan->trial_days : 0);
    case purchase_begun::already_subscribed:
      return unexpected(billing_refusal::already_subscribed);
    case purchase_begun::blocked:
      return unexpected(billing_refusal::blocked);
    case purchase_begun::account_gone:
      return unexpected(billing_refusal::suspended);
    case purchase_begun::open_already: {
      const auto url = stripe_.ask<std::optional<std::string>>(
        [&](auto& client, auto done) { client.find_open_url(begun->purchase.session, std::move(done)); });
      if (!url)
        return unexpected(refusal_for(url.error()));
      if (*url)
        return **url;
      break;
    }
    case purchase_begun::other_open:
      break;
    }
    const auto closed = close_session(begun->purchase, begun->result == purchase_begun::other_open);
    if (!closed)
      return unexpected(closed.error());
  }
  return unexpected(billing_refusal::overloaded);
}

/// After this the purchase is not open: it was paid a moment ago, or nobody can pay it any more.
billing_desk::outcome<void> billing_desk::close_session(const persistence::purchase_row& purchase, bool expire) {
  if (expire) {
    const auto expired =
      stripe_.ask<void>([&](auto& client, auto done) { client.expire_session(purchase.session, std::move(done)); });
    if (!expired)
      return unexpected(refusal_for(expired.error()));
  }
  const auto looked = clerk_.look_at({stripe_kind::session, purchase.session}, {}, {});
  if (looked.what == look_outcome::kind::later)
    return unexpected(billing_refusal::stripe_away);
  if (looked.what == look_outcome::kind::no_database || !books_.give_up_purchase(purchase.id))
    return unexpected(billing_refusal::unavailable);
  return {};
}

billing_desk::outcome<std::string> billing_desk::customer_of(const persistence::billing_account_row& who) {
  if (!who.customer.empty())
    return who.customer;
  const auto name = to_string(who.id);
  // With the version in it: a customer that was deleted at Stripe is not found again under the old key.
  const auto key = "customer:" + name + ':' + std::to_string(who.version);
  const auto made =
    stripe_.ask<std::string>([&](auto& client, auto done) { client.create_customer(name, key, std::move(done)); });
  if (!made)
    return unexpected(refusal_for(made.error()));
  const auto kept = books_.keep_customer(who.id, *made);
  if (!kept)
    return unexpected(billing_refusal::unavailable);
  if (kept->empty())
    return unexpected(billing_refusal::suspended);
  return *kept;
}

billing_desk::outcome<std::string> billing_desk::open_session(const persistence::purchase_outcome& begun,
                                                              const checkout_start& what, int trial_days) {
  const auto customer = customer_of(begun.who);
  if (!customer)
    return customer;
  client::new_session wanted;
  wanted.subscription = begun.purchase.terms.is_plan;
  wanted.price = begun.purchase.price;
  wanted.customer = *customer;
  wanted.purchase = to_string(begun.purchase.id);
  wanted.account = to_string(begun.who.id);
  wanted.success_url = what.success_url;
  wanted.cancel_url = what.cancel_url;
  wanted.locale = what.locale;
  wanted.expires_at = begun.purchase.open_until;
  wanted.trial_days = trial_days;
  wanted.idempotency_key = "purchase:" + wanted.purchase;
  const auto made =
    stripe_.ask<client::made_session>([&](auto& client, auto done) { client.create_session(wanted, std::move(done)); });
  if (!made) {
    // If it was made after all, nobody has its link, and it ends by itself. Our row ends with the next attempt.
    if (!client::may_be_repeated(made.error()))
      (void)books_.give_up_purchase(begun.purchase.id);
    return unexpected(refusal_for(made.error()));
  }
  const auto kept = books_.keep_session(begun.purchase.id, made->id);
  if (!kept)
    return unexpected(billing_refusal::unavailable);
  if (!*kept)
    return unexpected(billing_refusal::suspended);
  return made->url;
}

// ---------------------------------------------------------------- looking and managing

billing_desk::outcome<std::string> billing_desk::portal(account_id who, const std::string& return_url,
                                                        const std::string& locale) {
  const auto row = books_.find_billing(who);
  if (!row)
    return unexpected(billing_refusal::unavailable);
  if (!*row || (*row)->customer.empty())
    return unexpected(billing_refusal::nothing_bought);
  const auto url = stripe_.ask<std::string>(
    [&](auto& client, auto done) { client.create_portal((*row)->customer, return_url, locale, std::move(done)); });
  if (!url)
    return unexpected(refusal_for(url.error()));
  return *url;
}

billing_desk::outcome<billing_view> billing_desk::overview(account_id who) {
  const auto found = books_.overview(who, most_shown);
  if (!found)
    return unexpected(billing_refusal::unavailable);
  if (!*found)
    return unexpected(billing_refusal::not_signed_in);
  billing_view view;
  view.account_tier = (*found)->of_tier;
  view.blocked = (*found)->blocked || (*found)->available.is_negative();
  view.available = (*found)->available;
  view.can_buy = counts_.can_buy;
  view.has_customer = !(*found)->customer.empty();
  for (const auto& each : (*found)->subscriptions) {
    const auto* plan = settings_.catalogue.plan_of_price(each.price);
    subscription_view seen;
    seen.plan = plan != nullptr ? plan->id : std::string();
    seen.status = each.status;
    seen.ends_at = each.ends_at;
    if (!each.ends_at)
      seen.renews_at = each.period_end;
    view.subscriptions.push_back(std::move(seen));
  }
  for (const auto& each : (*found)->purchases)
    view.purchases.push_back(view_of(each));
  for (const auto& each : (*found)->renewals)
    view.renewals.push_back(view_of(each));
  return view;
}

billing_desk::outcome<purchase_view> billing_desk::returned(account_id who, const std::string& session) {
  if (!policies::stripe::is_id(session))
    return unexpected(billing_refusal::not_found);
  const auto purchase = books_.find_purchase(session);
  const auto owner = books_.find_billing(who);
  if (!purchase || !owner)
    return unexpected(billing_refusal::unavailable);
  if (!*purchase || !*owner || (*purchase)->billing != (*owner)->id)
    return unexpected(billing_refusal::not_found);
  // Stripe may be away: what the books say is answered then, and its event will come.
  const auto looked = clerk_.look_at({stripe_kind::session, session}, (*owner)->customer, {});
  const auto seen = books_.see_purchase((*purchase)->id);
  if (looked.what == look_outcome::kind::no_database || !seen || !*seen)
    return unexpected(billing_refusal::unavailable);
  return view_of(**seen);
}

billing_desk::outcome<void> billing_desk::switch_to_free(account_id who) {
  using enum persistence::billing_store::freed;
  const auto freed = books_.switch_to_free(who);
  if (!freed)
    return unexpected(billing_refusal::unavailable);
  switch (*freed) {
  case done:
    return {};
  case still_subscribed:
    return unexpected(billing_refusal::still_subscribed);
  case credits_left:
    return unexpected(billing_refusal::credits_left);
  case blocked:
    break;
  }
  return unexpected(billing_refusal::blocked);
}

} // namespace easel::actors
