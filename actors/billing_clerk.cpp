#include "actors/billing_clerk.hpp"

#include <algorithm>

namespace easel::actors {

namespace stripe = policies::stripe;
using persistence::billing_account_row;
using persistence::billing_change;
using persistence::billing_store;
using policies::ignored;
using policies::line_look;
using policies::parked;
using policies::sale;
using policies::stripe_kind;
using policies::stripe_reference;

namespace {

constexpr int most_looks = 5; ///< at one object, while others write the same books

look_outcome done(bool changed = false) { return {look_outcome::kind::done, {}, {}, changed}; }
look_outcome ignore(ignored why) { return {look_outcome::kind::ignored, why, {}, false}; }
look_outcome park(parked why) { return {look_outcome::kind::parked, {}, why, false}; }
look_outcome later() { return {look_outcome::kind::later, {}, parked::unavailable, false}; }
look_outcome of_another(billing_id owner) { return {look_outcome::kind::of_another, {}, {}, false, owner}; }

/// What a failed call means for the object that was asked for.
look_outcome verdict_on(client::stripe_outcome failure) {
  switch (failure) {
  case client::stripe_outcome::refused:
    return park(parked::refused);
  case client::stripe_outcome::unreadable:
    return park(parked::unreadable);
  case client::stripe_outcome::limited:
    return {look_outcome::kind::limited, {}, {}, false};
  case client::stripe_outcome::later:
    break;
  }
  return later();
}

/// A command that the database refuses holds a value that no column takes; trying again right away does not help.
look_outcome verdict_on(const persistence::store_error& error) {
  if (error.what == persistence::store_error::kind::refused)
    return park(parked::out_of_bounds);
  return {look_outcome::kind::no_database, {}, {}, false};
}

} // namespace

/// For whom an object is looked at.
struct billing_clerk::errand {
  std::string customer;                ///< a hint; may be empty
  std::span<const std::string> events; ///< that end with it
  bool is_in_line = false;             ///< then books are written of this owner only:
  std::optional<billing_id> owner{};
};

/// An object as fetched, with whose it is and what it means.
struct billing_clerk::sighting {
  billing_account_row owner;
  billing_change change;
  std::optional<stripe::checkout_session> session; ///< of a subscription's session: what it led to is looked at too
};

// ---------------------------------------------------------------- whose it is

expected<billing_account_row, look_outcome> billing_clerk::owner_of(const stripe::our_marks& ours,
                                                                    const std::string& customer) {
  if (!ours.instance.empty() && ours.instance != settings_.instance)
    return unexpected(ignore(ignored::other_instance));
  if (const auto id = parse_id<billing_id>(ours.account)) {
    auto row = books_.find_billing(*id);
    if (!row)
      return unexpected(verdict_on(row.error()));
    if (*row)
      return **std::move(row);
  }
  if (!customer.empty()) {
    auto row = books_.find_customer(customer);
    if (!row)
      return unexpected(verdict_on(row.error()));
    if (*row)
      return **std::move(row);
  }
  if (ours.instance.empty())
    return unexpected(ignore(ignored::other_instance));
  return unexpected(park(parked::unknown_account));
}

std::optional<billing_account_row> billing_clerk::guess(const stripe_reference& what, const std::string& customer) {
  if (!customer.empty())
    if (auto row = books_.find_customer(customer); row && *row)
      return *row;
  if (what.kind == stripe_kind::session)
    if (const auto purchase = books_.find_purchase(what.id); purchase && *purchase)
      if (auto row = books_.find_billing((*purchase)->billing); row && *row)
        return *row;
  return std::nullopt;
}

// ---------------------------------------------------------------- what it means

expected<billing_change::settled_sale, look_outcome>
billing_clerk::with_money_back(sale what, std::span<const std::string> payment_intents) {
  billing_change::settled_sale settled;
  for (const auto& payment : payment_intents) {
    auto refunds = stripe_.ask<std::vector<stripe::refund>>(
      [&](auto& client, auto done_with) { client.refunds_of(payment, std::move(done_with)); });
    if (!refunds)
      return unexpected(verdict_on(refunds.error()));
    auto disputes = stripe_.ask<std::vector<stripe::dispute>>(
      [&](auto& client, auto done_with) { client.disputes_of(payment, std::move(done_with)); });
    if (!disputes)
      return unexpected(verdict_on(disputes.error()));
    std::move(refunds->begin(), refunds->end(), std::back_inserter(settled.refunds));
    std::move(disputes->begin(), disputes->end(), std::back_inserter(settled.disputes));
  }
  const auto back = money_back_of(what, settled.refunds, settled.disputes, settings_.inquiry_blocks);
  if (!back)
    return unexpected(park(back.error()));
  settled.back = *back;
  settled.what = std::move(what);
  return settled;
}

billing_clerk::sighted billing_clerk::see_session(const std::string& id) {
  auto found = stripe_.ask<std::optional<stripe::checkout_session>>(
    [&](auto& client, auto done_with) { client.find_session(id, std::move(done_with)); });
  if (!found)
    return unexpected(verdict_on(found.error()));
  if (!*found)
    return unexpected(park(parked::gone));
  auto& session = **found;

  auto purchase = books_.find_purchase(id);
  if (const auto ours = parse_id<purchase_id>(session.ours.purchase); ours && purchase && !*purchase)
    purchase = books_.find_purchase(*ours);
  if (!purchase)
    return unexpected(verdict_on(purchase.error()));
  if (!*purchase)
    return unexpected(session.ours.instance == settings_.instance ? park(parked::unknown_account)
                                                                  : ignore(ignored::other_instance));
  const auto owner = books_.find_billing((*purchase)->billing);
  if (!owner)
    return unexpected(verdict_on(owner.error()));
  if (!*owner)
    return unexpected(park(parked::unknown_account));

  std::string payment_status; // tells a delayed payment that failed from one under way
  if (session.status == "complete" && session.payment_status == "unpaid" && !session.payment_intent.empty()) {
    const auto payment = stripe_.ask<std::optional<stripe::payment>>(
      [&](auto& client, auto done_with) { client.find_payment(session.payment_intent, std::move(done_with)); });
    if (!payment)
      return unexpected(verdict_on(payment.error()));
    if (*payment)
      payment_status = (*payment)->status;
  }

  sighting seen{**owner, {}, std::nullopt};
  seen.change.customer = session.customer;
  const auto& row = **purchase;
  auto sold = sale_of(session, row.terms);
  if (!sold)
    return unexpected(park(sold.error()));
  seen.change.purchase = billing_change::purchase_step{row.id, next_state(row.terms.state, session, payment_status),
                                                       session.id, session.subscription};
  if (*sold) {
    auto settled =
      with_money_back(**std::move(sold), std::span(&session.payment_intent, session.payment_intent.empty() ? 0 : 1));
    if (!settled)
      return unexpected(settled.error());
    settled->purchase = row.id;
    seen.change.sale = *std::move(settled);
  }
  if (row.terms.is_plan)
    seen.session = std::move(session);
  return seen;
}

billing_clerk::sighted billing_clerk::see_invoice(const std::string& id) {
  auto found = stripe_.ask<std::optional<stripe::invoice>>(
    [&](auto& client, auto done_with) { client.find_invoice(id, std::move(done_with)); });
  if (!found)
    return unexpected(verdict_on(found.error()));
  if (!*found)
    return unexpected(park(parked::gone));
  const auto& invoice = **found;
  auto owner = owner_of(invoice.ours, invoice.customer);
  if (!owner)
    return unexpected(owner.error());
  sighting seen{*std::move(owner), {}, std::nullopt};
  seen.change.customer = invoice.customer;
  auto sold = sale_of(invoice, settings_);
  if (!sold)
    return unexpected(park(sold.error()));
  if (*sold) {
    std::vector<std::string> payments;
    for (const auto& payment : invoice.payments)
      if (!payment.payment_intent.empty())
        payments.push_back(payment.payment_intent);
    auto settled = with_money_back(**std::move(sold), payments);
    if (!settled)
      return unexpected(settled.error());
    seen.change.sale = *std::move(settled);
  }
  return seen;
}

billing_clerk::sighted billing_clerk::see_subscription(const std::string& id) {
  auto found = stripe_.ask<std::optional<stripe::subscription>>(
    [&](auto& client, auto done_with) { client.find_subscription(id, std::move(done_with)); });
  if (!found)
    return unexpected(verdict_on(found.error()));
  if (!*found)
    return unexpected(park(parked::gone));
  auto owner = owner_of((*found)->ours, (*found)->customer);
  if (!owner)
    return unexpected(owner.error());
  sighting seen{*std::move(owner), {}, std::nullopt};
  seen.change.customer = (*found)->customer;
  seen.change.subscription = **std::move(found);
  return seen;
}

// ---------------------------------------------------------------- one look

look_outcome billing_clerk::look_at(const stripe_reference& what, const std::string& customer,
                                    std::span<const std::string> events) {
  return look({customer, events}, what);
}

/// As far as it is known before the object is; in a line nobody is guessed whose line it is not.
expected<std::optional<billing_account_row>, look_outcome> billing_clerk::expected_owner(const errand& why,
                                                                                         const stripe_reference& what) {
  if (!why.owner) {
    auto who = guess(what, why.customer);
    if (who && why.is_in_line)
      return unexpected(of_another(who->id));
    return who;
  }
  auto row = books_.find_billing(*why.owner);
  if (!row)
    return unexpected(verdict_on(row.error()));
  return *std::move(row);
}

look_outcome billing_clerk::look(const errand& why, const stripe_reference& what) {
  const auto events = why.events;
  if (what.kind == stripe_kind::payment)
    return look_at_payment(why, what.id);
  if (what.kind == stripe_kind::charge)
    return look_at_charge(why, what.id);
  if (what.kind == stripe_kind::customer) {
    const auto gone = books_.forget_customer(what.id, events);
    return gone ? done(*gone > 0) : verdict_on(gone.error());
  }
  // The version of the books is read before Stripe is asked. Whose books they are is sometimes known only afterwards:
  // then the object is fetched again, in a line by whoever is at their turn in the owner's.
  auto expected_who = expected_owner(why, what);
  if (!expected_who)
    return expected_who.error();
  auto who = *std::move(expected_who);
  for (int looks = 0; looks < most_looks; ++looks) {
    auto seen = what.kind == stripe_kind::session   ? see_session(what.id)
                : what.kind == stripe_kind::invoice ? see_invoice(what.id)
                                                    : see_subscription(what.id);
    if (!seen)
      return seen.error();
    if (why.is_in_line && why.owner != seen->owner.id)
      return of_another(seen->owner.id);
    if (!who || who->id != seen->owner.id) {
      who = seen->owner;
      continue;
    }
    auto& change = seen->change;
    change.who = who->id;
    change.version = who->version;
    // What a subscription's session led to comes first: its events end when all of it is in the books.
    if (!seen->session)
      change.events.assign(events.begin(), events.end());
    const auto result = books_.apply(change);
    if (!result)
      return verdict_on(result.error());
    if (*result == persistence::change_result::outdated) {
      const auto now = books_.find_billing(who->id);
      if (!now)
        return verdict_on(now.error());
      who = *now;
      continue;
    }
    const bool changed = *result == persistence::change_result::done;
    counts_.changed.fetch_add(changed ? 1 : 0, std::memory_order_relaxed);
    if (!seen->session)
      return done(changed);
    const auto followed = follow_session(*seen->session, done(changed));
    if (followed.what != look_outcome::kind::done || events.empty())
      return followed;
    billing_change ended;
    const auto now = books_.find_billing(who->id);
    if (!now || !*now)
      return now ? later() : verdict_on(now.error());
    ended.who = who->id;
    ended.version = (*now)->version;
    ended.events.assign(events.begin(), events.end());
    const auto over = books_.apply(ended);
    return !over ? verdict_on(over.error()) : *over == persistence::change_result::outdated ? later() : followed;
  }
  return later();
}

/// What the session made is the same customer's, so that it is looked at in the same line.
look_outcome billing_clerk::follow_session(const stripe::checkout_session& session, look_outcome so_far) {
  const std::array next{stripe_reference{stripe_kind::subscription, session.subscription},
                        stripe_reference{stripe_kind::invoice, session.invoice}};
  for (const auto& each : next) {
    if (each.id.empty())
      continue;
    const auto outcome = look_at(each, session.customer, {});
    if (outcome.what != look_outcome::kind::done)
      return outcome;
    so_far.changed = so_far.changed || outcome.changed;
  }
  return so_far;
}

look_outcome billing_clerk::look_at_charge(const errand& why, const std::string& charge) {
  const auto payment = stripe_.ask<std::optional<std::string>>(
    [&](auto& client, auto done_with) { client.payment_of_charge(charge, std::move(done_with)); });
  if (!payment)
    return verdict_on(payment.error());
  if (!*payment)
    return park(parked::gone);
  if ((*payment)->empty()) // made without Checkout: nothing that we sell
    return ignore(ignored::other_instance);
  return look_at_payment(why, **payment);
}

look_outcome billing_clerk::look_at_payment(const errand& why, const std::string& payment) {
  const auto place = books_.sale_of_payment(payment);
  if (!place)
    return verdict_on(place.error());
  if (*place)
    return look(why, {(*place)->is_pack ? stripe_kind::session : stripe_kind::invoice, (*place)->reference});
  const auto sessions = stripe_.ask<std::vector<stripe::checkout_session>>(
    [&](auto& client, auto done_with) { client.sessions_of_payment(payment, std::move(done_with)); });
  if (!sessions)
    return verdict_on(sessions.error());
  if (!sessions->empty())
    return look(why, {stripe_kind::session, sessions->front().id});
  const auto invoices = stripe_.ask<std::vector<std::string>>(
    [&](auto& client, auto done_with) { client.invoices_of_payment(payment, std::move(done_with)); });
  if (!invoices)
    return verdict_on(invoices.error());
  if (!invoices->empty())
    return look(why, {stripe_kind::invoice, invoices->front()});
  const auto found = stripe_.ask<std::optional<stripe::payment>>(
    [&](auto& client, auto done_with) { client.find_payment(payment, std::move(done_with)); });
  if (!found)
    return verdict_on(found.error());
  if (!*found)
    return park(parked::gone);
  if ((*found)->ours.instance != settings_.instance)
    return ignore(ignored::other_instance);
  return (*found)->status == "succeeded" ? park(parked::unknown_payment) : ignore(ignored::of_no_concern);
}

// ---------------------------------------------------------------- the inbox

bool billing_clerk::settle(const line_look& what, const look_outcome& outcome) {
  using kind = look_outcome::kind;
  const auto& events = what.events;
  const auto pause = billing_backoff(settings_, what.attempts + 1);
  switch (outcome.what) {
  case kind::done:
    counts_.applied.fetch_add(events.size(), std::memory_order_relaxed);
    // What was parked for want of this may go on.
    return !outcome.changed || what.customer.empty() || books_.wake(what.customer).has_value();
  case kind::ignored:
    counts_.ignored.fetch_add(events.size(), std::memory_order_relaxed);
    return books_.ignore(events, outcome.why_ignored).has_value();
  case kind::parked:
    counts_.put_off.fetch_add(events.size(), std::memory_order_relaxed);
    return books_.put_off(events, outcome.why_parked, pause).has_value();
  case kind::later: {
    counts_.put_off.fetch_add(events.size(), std::memory_order_relaxed);
    const bool is_enough = what.attempts + 1 >= settings_.attempts;
    return books_.put_off(events, is_enough ? std::optional(parked::unavailable) : std::nullopt, pause).has_value();
  }
  case kind::limited: // that we ask too much is no failure of the event's
  case kind::of_another:
    return true;
  case kind::no_database:
    return false;
  }
  return false;
}

look_outcome billing_clerk::look_in_line(const line_look& what) {
  const auto outcome = look({what.customer, what.events, true, what.owner}, what.what);
  return settle(what, outcome) ? outcome : look_outcome{look_outcome::kind::no_database, {}, {}, false};
}

// ---------------------------------------------------------------- months and endings

std::optional<billing_store::drip_step> billing_clerk::step_of(const persistence::due_drip& drip) {
  using enum billing_store::drip_step;
  const auto found = stripe_.ask<std::optional<stripe::subscription>>(
    [&](auto& client, auto done_with) { client.find_subscription(drip.drip.subscription, std::move(done_with)); });
  if (!found)
    return client::may_be_repeated(found.error()) ? std::nullopt : std::optional(wait);
  if (!*found || policies::has_ended((*found)->status))
    return end;
  // After a change of plan the rest of the year was given back as money, or the new plan's line has its own months.
  const auto& items = (*found)->items;
  if (std::none_of(items.begin(), items.end(), [&](const auto& item) { return item.price == drip.drip.price; }))
    return end;
  return policies::gives_access((*found)->status, settings_.past_due_access) ? grant : wait;
}

std::optional<int> billing_clerk::work_drips(int limit) {
  const auto due = books_.due_drips(limit);
  if (!due)
    return std::nullopt;
  for (const auto& drip : *due) {
    const auto step = step_of(drip);
    if (!step)
      return 0; // Stripe does not answer; they stay due
    if (!books_.drip(drip, *step, settings_.credit_grace))
      return std::nullopt;
  }
  return static_cast<int>(due->size());
}

std::optional<int> billing_clerk::work_outbox(int limit) {
  using item = persistence::outbox_item;
  const auto due = books_.due_outbox(limit);
  if (!due)
    return std::nullopt;
  for (const auto& each : *due) {
    const auto answer = stripe_.ask<void>([&](auto& client, auto done_with) {
      switch (each.what) {
      case item::kind::cancel_subscription:
        return client.cancel_subscription(each.target, std::move(done_with));
      case item::kind::expire_session:
        return client.expire_session(each.target, std::move(done_with));
      case item::kind::delete_customer:
        return client.delete_customer(each.target, std::move(done_with));
      }
    });
    const auto kept =
      answer ? books_.outbox_done(each) : books_.outbox_later(each, billing_backoff(settings_, each.attempts + 1));
    if (!kept)
      return std::nullopt;
  }
  return static_cast<int>(due->size());
}

} // namespace easel::actors
