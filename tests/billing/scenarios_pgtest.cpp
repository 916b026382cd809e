#include "tests/billing/stories.hpp"

#include <algorithm>
#include <thread>

/// What people and Stripe do, one story at a time (billing-identity-edge, sections 1.8 to 1.13 and 3.2).
namespace easel::tests {

BOOST_AUTO_TEST_SUITE(billing_scenarios)

using actors::billing_refusal;
using policies::stripe_kind;
using namespace std::chrono_literals;

namespace {

std::string state_of(billing_world& w, account_id who) {
  const auto view = w.desk.overview(who);
  return view && !view->purchases.empty() ? view->purchases.front().state : "none";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_pack_by_card_is_granted_once_and_makes_the_account_a_paid_one) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  BOOST_TEST(state_of(w, who) == "open");
  BOOST_TEST(w.start(who, "pack") == session); // a double click opens no second one
  w.stripe->pay(session);
  for (int i = 0; i < 3; ++i) { // every delivery comes three times
    w.deliver();
    w.work();
  }
  BOOST_TEST(w.balance(who) == 1000);
  BOOST_TEST(w.is_paid(who));
  const auto view = w.desk.returned(who, session);
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->state == "paid");
  BOOST_TEST(view->granted.value() == 1000);
  BOOST_TEST(view->amount == 700);
  BOOST_TEST(w.number("select count(*) from easel.credit_grant") == 1);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(the_success_page_fulfils_before_any_event) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  BOOST_TEST(w.desk.returned(who, session)->granted.value() == 1000);
  w.catch_up();
  BOOST_TEST(w.balance(who) == 1000);
  const auto stranger = w.new_account();
  BOOST_TEST((w.desk.returned(stranger, session).error() == billing_refusal::not_found));
  BOOST_TEST((w.desk.returned(who, "cs_unknown").error() == billing_refusal::not_found));
  BOOST_TEST((w.desk.returned(who, "no id'; --").error() == billing_refusal::not_found));
}

BOOST_AUTO_TEST_CASE(a_delayed_method_grants_when_the_money_comes_or_never) {
  billing_world w;
  const auto glad = w.new_account();
  const auto sad = w.new_account();
  const auto comes = w.start(glad, "pack");
  const auto fails = w.start(sad, "pack");
  w.stripe->pay_later(comes);
  w.stripe->pay_later(fails);
  w.catch_up();
  BOOST_TEST(state_of(w, glad) == "awaiting_funds");
  BOOST_TEST(w.balance(glad) == 0);
  BOOST_TEST(!w.is_paid(glad));
  w.stripe->settle(comes, true);
  w.stripe->settle(fails, false);
  w.catch_up();
  BOOST_TEST(state_of(w, glad) == "paid");
  BOOST_TEST(w.balance(glad) == 1000);
  BOOST_TEST(state_of(w, sad) == "failed");
  BOOST_TEST(w.balance(sad) == 0);
}

BOOST_AUTO_TEST_CASE(a_session_that_expired_makes_way_and_another_item_expires_the_open_one) {
  billing_world w;
  const auto who = w.new_account();
  const auto first = w.start(who, "pack");
  const auto second = w.start(who, "small");
  BOOST_TEST(w.stripe->sessions.at(first).status == "expired");
  BOOST_TEST(second != first);
  w.stripe->expire(second);
  w.catch_up();
  BOOST_TEST(state_of(w, who) == "expired");
  BOOST_TEST(w.start(who, "pack") != first);
}

BOOST_AUTO_TEST_CASE(a_coupon_for_all_of_it_is_a_purchase) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session, 700);
  w.catch_up();
  BOOST_TEST(w.balance(who) == 1000);
  BOOST_TEST(state_of(w, who) == "paid");
}

BOOST_AUTO_TEST_CASE(months_are_granted_as_they_are_paid_and_a_second_subscription_is_refused) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300);
  const auto second = w.desk.checkout(s.who, {"large", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""});
  BOOST_TEST((second.error() == billing_refusal::already_subscribed));
  const auto unpaid = renew(w, s, "price_small", 1000, false);
  w.stripe->set_status(s.subscription, "past_due");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300); // a period that moved is not one that was paid
  w.stripe->pay_invoice(unpaid);
  w.stripe->set_status(s.subscription, "active");
  w.catch_up();
  BOOST_TEST(w.number("select count(*) from easel.sale_grant") == 2);
  BOOST_TEST(w.balance(s.who) == 600);
  const auto view = w.desk.overview(s.who);
  BOOST_TEST_REQUIRE(view->subscriptions.size() == 1);
  BOOST_TEST(view->subscriptions[0].plan == "small");
  BOOST_TEST((view->subscriptions[0].renews_at == s.to));
  w.advance(s.from - w.stripe->now() + w.settings.credit_grace + 1h); // the first month's credits are over
  BOOST_TEST(w.balance(s.who) == 300);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(either_form_of_cancelling_says_when_it_ends_and_may_be_taken_back) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  auto& object = w.stripe->subscriptions.at(s.subscription);
  const auto ends = [&] {
    w.stripe->set_status(s.subscription, "active");
    w.catch_up();
    return w.desk.overview(s.who)->subscriptions.front().ends_at;
  };
  object.cancel_at = s.to; // flexible billing mode
  BOOST_TEST((ends() == s.to));
  object.cancel_at.reset();
  BOOST_TEST(!ends().has_value());
  object.cancel_at_period_end = true; // classic
  BOOST_TEST((ends() == s.to));
  w.stripe->set_status(s.subscription, "canceled");
  w.catch_up();
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.empty());
  object.status = "active"; // never: but if it were said, an end stays the end
  w.stripe->tell("customer.subscription.updated", "subscription", s.subscription, object.customer, {}, object.ours);
  w.catch_up();
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.empty());
  BOOST_TEST(w.balance(s.who) == 300); // what was paid for stays to its end
}

BOOST_AUTO_TEST_CASE(a_trial_gives_its_own_credits_and_then_the_first_month_comes) {
  billing_world w;
  auto s = subscribe(w, "small", 0);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 40);
  renew(w, s, "price_small", 1000, true);
  w.stripe->set_status(s.subscription, "active");
  w.catch_up();
  BOOST_TEST(w.number("select sum(amount) from easel.sale_grant") == 340);
  const auto view = w.desk.overview(s.who); // what was free is the purchase's, what was paid afterwards a renewal
  BOOST_TEST(view->purchases.at(0).granted.value() == 40);
  BOOST_TEST_REQUIRE(view->renewals.size() == 1);
  BOOST_TEST(view->renewals[0].amount == 1000);
  BOOST_TEST(view->renewals[0].granted.value() == 300);
}

BOOST_AUTO_TEST_CASE(renewals_are_shown_the_latest_first_with_what_became_of_their_money) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  BOOST_TEST(w.desk.overview(s.who)->renewals.empty()); // the first payment is its purchase's
  const auto first = renew(w, s, "price_small", 1000, true);
  w.advance(1h);
  const auto second = renew(w, s, "price_small", 1000, true);
  w.advance(1h);
  const auto unpaid = renew(w, s, "price_small", 1000, false);
  w.catch_up();
  const auto renewals = [&] { return w.desk.overview(s.who)->renewals; };
  BOOST_TEST_REQUIRE(renewals().size() == 2); // what nobody paid is none
  BOOST_TEST(renewals()[0].reference == second);
  BOOST_TEST(renewals()[1].reference == first);
  BOOST_TEST((renewals()[0].paid_at > renewals()[1].paid_at));
  for (const auto& one : renewals()) {
    BOOST_TEST(one.state == "paid");
    BOOST_TEST(one.amount == 1000);
    BOOST_TEST(one.currency == "eur");
    BOOST_TEST(one.granted.value() == 300);
    BOOST_TEST((one.purchase == w.desk.overview(s.who)->purchases.at(0).id));
  }
  w.stripe->refund(payment_of(w, first), 250, "succeeded");
  const auto dispute = w.stripe->dispute(payment_of(w, second), "needs_response");
  w.catch_up();
  BOOST_TEST(renewals()[0].state == "disputed");
  BOOST_TEST(renewals()[1].state == "partly_refunded");
  BOOST_TEST(renewals()[1].granted.value() == 225);
  w.stripe->set_dispute(dispute, "lost");
  w.stripe->refund(payment_of(w, first), 750, "succeeded");
  w.stripe->pay_invoice(unpaid);
  w.catch_up();
  BOOST_TEST_REQUIRE(renewals().size() == 3);
  BOOST_TEST(renewals()[0].reference == unpaid);
  BOOST_TEST(renewals()[1].state == "lost");
  BOOST_TEST(renewals()[1].granted.value() == 0);
  BOOST_TEST(renewals()[2].state == "refunded");
  BOOST_TEST(renewals()[2].granted.value() == 0);
  const auto latest = w.real_books->overview(s.who, 1).value().value().renewals;
  BOOST_TEST_REQUIRE(latest.size() == 1); // no more than was asked for
  BOOST_TEST(latest[0].reference == unpaid);
  BOOST_TEST(w.desk.overview(s.who)->purchases.at(0).state == "paid");
  const auto pack = w.new_account(); // another's are nobody else's, and a pack has none
  w.stripe->pay(w.start(pack, "pack"));
  w.catch_up();
  BOOST_TEST(w.desk.overview(pack)->renewals.empty());
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(what_was_paid_for_two_plans_is_each_time_the_purchases_or_a_renewal) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  renew(w, s, "price_small", 1000, true);
  w.stripe->set_status(s.subscription, "canceled");
  w.catch_up();
  const auto session = w.start(s.who, "large");
  const auto from = std::chrono::floor<std::chrono::seconds>(w.stripe->now());
  w.stripe->subscribe(session, from, policies::add_months(from, 1), 3000);
  w.catch_up();
  const auto view = w.desk.overview(s.who);
  BOOST_TEST_REQUIRE(view->purchases.size() == 2);
  BOOST_TEST_REQUIRE(view->renewals.size() == 1);
  BOOST_TEST((view->renewals[0].purchase == view->purchases[1].id));
  BOOST_TEST(w.number("select count(*) from easel.sale") == 3);
}

BOOST_AUTO_TEST_CASE(a_year_is_granted_month_by_month_while_it_goes_on) {
  billing_world w;
  auto s = subscribe(w, "year", 9000);
  w.catch_up();
  const auto granted = [&] { return w.number("select count(*) from easel.sale_grant"); };
  for (int month = 1; month <= 4; ++month) {
    BOOST_TEST(granted() == month);
    w.advance(31 * 24h);
    BOOST_REQUIRE(w.clerk.work_drips(10).has_value());
  }
  BOOST_TEST(granted() == 5);
  w.stripe->set_status(s.subscription, "paused");
  w.advance(31 * 24h);
  BOOST_REQUIRE(w.clerk.work_drips(10).has_value());
  BOOST_TEST(granted() == 5);
  w.stripe->set_status(s.subscription, "active");
  w.advance(1h);
  BOOST_REQUIRE(w.clerk.work_drips(10).has_value());
  BOOST_TEST(granted() == 6);
  // Half of it refunded: of each month the half is taken back, of those to come as well.
  w.stripe->refund(payment_of(w, w.stripe->sessions.at(s.session).invoice), 4500, "succeeded");
  w.catch_up();
  BOOST_TEST(w.number("select sum(clawed) from easel.sale_grant") == 6 * 125);
  w.advance(31 * 24h);
  BOOST_REQUIRE(w.clerk.work_drips(10).has_value());
  BOOST_TEST(w.number("select sum(clawed) from easel.sale_grant") == 7 * 125);
  w.stripe->set_status(s.subscription, "canceled");
  w.advance(31 * 24h);
  BOOST_REQUIRE(w.clerk.work_drips(10).has_value());
  BOOST_TEST(granted() == 7);
  BOOST_TEST(w.number("select count(*) from easel.drip where due_at is not null") == 0);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(refunds_are_levels_in_whatever_order_they_are_told) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto payment = w.stripe->sessions.at(session).payment_intent;
  const auto part = w.stripe->refund(payment, 350, "pending");
  auto events = w.stripe->events;
  std::reverse(events.begin(), events.end()); // the refund before the purchase
  BOOST_REQUIRE(w.real_books->keep(events, false).has_value());
  w.work();
  BOOST_TEST(w.balance(who) == 500);
  BOOST_TEST(state_of(w, who) == "partly_refunded");
  w.stripe->set_refund(part, "failed"); // the bank rejects it weeks later
  w.catch_up();
  BOOST_TEST(w.balance(who) == 1000);
  w.stripe->refund(payment, 700, "succeeded");
  w.catch_up();
  BOOST_TEST(w.balance(who) == 0);
  BOOST_TEST(state_of(w, who) == "refunded");
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(what_was_spent_before_its_refund_is_a_debt_that_the_next_purchase_pays) {
  billing_world w;
  const auto who = w.new_account();
  auto session = w.start(who, "pack");
  w.stripe->pay(session);
  w.catch_up();
  w.spend(who, 800);
  const auto refund = w.stripe->refund(w.stripe->sessions.at(session).payment_intent, 700, "succeeded");
  w.catch_up();
  BOOST_TEST(w.balance(who) == -800);
  BOOST_TEST(w.desk.overview(who)->blocked);
  BOOST_TEST((w.desk.switch_to_free(who).error() == billing_refusal::blocked));
  session = w.start(who, "pack");
  w.stripe->pay(session);
  w.catch_up();
  BOOST_TEST(w.balance(who) == 200);
  BOOST_TEST(!w.desk.overview(who)->blocked);
  w.stripe->set_refund(refund, "failed"); // so nothing was owed
  w.catch_up();
  BOOST_TEST(w.balance(who) == 1200);
  w.spend(who, 1200);
  BOOST_TEST(w.balance(who) == 0);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(a_refund_after_the_credits_expired_takes_those_that_were_left) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  w.spend(s.who, 100);
  w.advance(s.to - w.stripe->now() + w.settings.credit_grace + 1h);
  w.postgres.database->execute("do $$ begin perform easel.close_expired('" + to_string(s.who.value)
                               + "', easel.now() + interval '40 days'); end $$");
  BOOST_TEST(w.balance(s.who) == 0);
  const auto refund = w.stripe->refund(payment_of(w, w.stripe->sessions.at(s.session).invoice), 1000, "succeeded");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == -100); // 200 had expired unused
  w.stripe->set_refund(refund, "failed");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 0);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(an_open_dispute_blocks_all_spending_until_it_ends) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  w.catch_up();
  const auto payment = w.stripe->sessions.at(session).payment_intent;
  auto dispute = w.stripe->dispute(payment, "needs_response");
  w.catch_up();
  BOOST_TEST(w.is_blocked(who));
  BOOST_TEST(state_of(w, who) == "disputed");
  BOOST_TEST(w.balance(who) == 1000);
  const auto refused = w.desk.checkout(who, {"pack", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""});
  BOOST_TEST((refused.error() == billing_refusal::blocked));
  BOOST_TEST((w.try_admit(who).result == persistence::admission::insufficient_credits));
  BOOST_TEST(w.try_admit(who).balance.value() == 0);
  w.stripe->set_dispute(dispute, "won");
  w.catch_up();
  BOOST_TEST(!w.is_blocked(who));
  BOOST_TEST((w.try_admit(who).result == persistence::admission::admitted));
  BOOST_TEST(w.balance(who) == 995); // 5 are held
  dispute = w.stripe->dispute(payment, "under_review");
  w.stripe->set_dispute(dispute, "lost");
  w.catch_up();
  BOOST_TEST(!w.is_blocked(who));
  BOOST_TEST(state_of(w, who) == "lost");
  BOOST_TEST(w.balance(who) == -5);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(an_upgrade_from_now_on_grants_in_full_and_one_that_keeps_the_date_its_share) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  const auto middle = s.to - 10 * 24h;
  policies::stripe::invoice_line gone;
  gone.id = "il_gone";
  gone.price = "price_small";
  gone.subscription = s.subscription;
  gone.amount = -300;
  gone.proration = true;
  gone.period_start = middle;
  gone.period_end = s.to;
  auto come = gone;
  come.id = "il_come";
  come.price = "price_large";
  come.amount = 1000;
  w.stripe->bill(s.subscription, {gone, come}, "subscription_update", true);
  w.catch_up();
  const auto days = (s.to - policies::add_months(s.to, -1)) / 24h;
  BOOST_TEST(w.balance(s.who) == 300 + 900 * 10 / days);
  come.amount = 3000;
  come.proration = false;
  come.period_start = middle;
  come.period_end = policies::add_months(middle, 1);
  w.stripe->bill(s.subscription, {gone, come}, "subscription_update", true);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300 + 900 * 10 / days + 1200);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(a_price_that_nobody_configured_is_parked_until_somebody_does) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  renew(w, s, "price_new", 2000, true);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300);
  const auto open = w.real_books->differences(10).value();
  BOOST_TEST_REQUIRE(!open.empty());
  for (const auto& each : open)
    BOOST_TEST(each.reason == "unknown_price");
  auto added = w.settings.catalogue.plans[0];
  added.id = "new";
  added.price = "price_new";
  added.amount = 2000;
  w.settings.catalogue.plans.push_back(added);
  w.advance(w.settings.longest_backoff);
  w.work();
  BOOST_TEST(w.balance(s.who) == 600);
  BOOST_TEST(w.real_books->differences(10)->empty());
}

BOOST_AUTO_TEST_CASE(what_is_of_others_in_a_shared_account_is_ignored) {
  billing_world w;
  w.stripe->instance = "elsewhere";
  w.stripe->sessions["cs_theirs"] = {};
  auto& session = w.stripe->sessions["cs_theirs"];
  session.id = "cs_theirs";
  session.mode = "payment";
  session.status = "open";
  session.customer = "cus_theirs";
  session.amount_subtotal = session.amount_total = 700;
  session.currency = "eur";
  w.stripe->pay("cs_theirs");
  w.stripe->refund(session.payment_intent, 100, "succeeded");
  w.stripe->tell("invoice.paid", "invoice", "in_theirs", "cus_theirs", {}, {"elsewhere", "", ""});
  w.catch_up();
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where state <> 2") == 0);
  BOOST_TEST(w.number("select count(*) from easel.sale") == 0);
  auto live = w.stripe->events.front();
  live.id = "evt_live";
  live.livemode = true;
  BOOST_REQUIRE(w.real_books->keep(std::span(&live, 1), false).has_value());
  w.work();
  BOOST_TEST(w.value("select reason from easel.billing_inbox where event_id = 'evt_live'") == "other_mode");
}

BOOST_AUTO_TEST_CASE(while_stripe_is_away_events_wait_are_parked_and_then_applied) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  w.stripe->is_away = [] { return true; };
  w.deliver();
  for (int i = 0; i < w.settings.attempts; ++i) {
    w.work();
    BOOST_TEST(w.balance(who) == 0);
    w.advance(w.settings.longest_backoff);
  }
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where state = 3 and reason = 'unavailable'") > 0);
  BOOST_TEST((w.desk.checkout(who, {"small", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""}).error()
              == billing_refusal::stripe_away));
  w.stripe->is_away = [] { return false; };
  w.advance(w.settings.longest_backoff);
  w.work();
  BOOST_TEST(w.balance(who) == 1000);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
}

BOOST_AUTO_TEST_CASE(who_lapsed_stays_paid_until_they_switch_themselves) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  BOOST_TEST((w.desk.switch_to_free(s.who).error() == billing_refusal::still_subscribed));
  w.stripe->set_status(s.subscription, "canceled");
  w.catch_up();
  BOOST_TEST((w.desk.switch_to_free(s.who).error() == billing_refusal::credits_left));
  w.spend(s.who, 300);
  BOOST_TEST(w.is_paid(s.who));
  BOOST_TEST(w.desk.switch_to_free(s.who).has_value());
  BOOST_TEST(!w.is_paid(s.who));
  w.deliver(); // everything once more
  w.work();
  BOOST_TEST(!w.is_paid(s.who));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_deletion_cuts_the_link_at_once_and_has_stripe_forget_the_customer) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  const auto customer = w.stripe->sessions.at(s.session).customer;
  w.postgres.database->execute("update easel.account set state = 2 where id = '" + to_string(s.who.value) + "'");
  BOOST_TEST(w.number("select count(*) from easel.billing_account where account_id is not null") == 0);
  BOOST_TEST(w.number("select count(*) from easel.sale_grant where account_id is not null") == 0);
  w.stripe->is_away = [] { return true; };
  BOOST_REQUIRE(w.clerk.work_outbox(10).has_value());
  BOOST_TEST(w.number("select count(*) from easel.billing_outbox") == 2);
  w.stripe->is_away = [] { return false; };
  for (int i = 0; i < 3; ++i) {
    w.advance(w.settings.longest_backoff);
    BOOST_REQUIRE(w.clerk.work_outbox(10).has_value());
  }
  BOOST_TEST(w.number("select count(*) from easel.billing_outbox") == 0);
  BOOST_TEST(w.stripe->subscriptions.at(s.subscription).status == "canceled");
  BOOST_TEST(!w.stripe->customers.contains(customer));
  BOOST_TEST(w.number("select count(*) from easel.billing_account where customer is not null") == 0);
  // Its money is still accounted for, without entitlement.
  w.stripe->refund(payment_of(w, w.stripe->sessions.at(s.session).invoice), 1000, "succeeded");
  w.catch_up();
  BOOST_TEST(w.number("select refunded from easel.sale") == 1000);
  BOOST_TEST(w.number("select clawed from easel.sale_grant") == 0);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_was_made_at_stripe_while_the_account_was_closed_goes_as_well) {
  for (const bool has_customer : {false, true}) {
    billing_world w;
    const auto who = w.new_account();
    if (has_customer)
      w.stripe->expire(w.start(who, "pack"));
    w.catch_up();
    bool is_open = true;
    w.stripe->before_call = [&] { // while a customer is being made, or a session
      if (std::exchange(is_open, false))
        w.postgres.database->execute("update easel.account set state = 2 where id = '" + to_string(who.value) + "'");
    };
    const auto refused = w.desk.checkout(who, {"small", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""});
    BOOST_TEST((refused.error() == billing_refusal::suspended));
    BOOST_TEST(w.stripe->customers.size() == 1);
    for (int i = 0; i < 2; ++i)
      BOOST_REQUIRE(w.clerk.work_outbox(10).has_value());
    BOOST_TEST(w.stripe->customers.empty());
    for (const auto& [id, session] : w.stripe->sessions)
      BOOST_TEST(session.status == "expired");
    BOOST_TEST(w.stripe->sessions.size() == (has_customer ? 2U : 0U));
    BOOST_TEST(w.number("select count(*) from easel.billing_outbox") == 0);
    BOOST_TEST(w.number("select count(*) from easel.billing_account where customer is not null") == 0);
  }
}

BOOST_AUTO_TEST_CASE(while_stripe_fails_a_turn_ends_early_and_the_rest_stays_due) {
  billing_world w;
  for (int i = 0; i < 4; ++i)
    w.stripe->pay(w.start(w.new_account(), "pack"));
  w.deliver();
  w.stripe->is_away = [] { return true; };
  const auto before = w.stripe->calls;
  BOOST_TEST(w.work_inbox() == 3); // whoever asked waits before the next turn
  BOOST_TEST(w.stripe->calls - before == 3);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where attempts = 0 and due_at <= now()") == 5);
  w.stripe->is_away = [] { return false; };
  w.advance(w.settings.longest_backoff);
  BOOST_TEST(w.work_inbox() == 8);
}

BOOST_AUTO_TEST_CASE(RET_3_records_go_after_their_window_and_events_after_theirs) {
  billing_world w;
  const auto who = w.new_account();
  w.stripe->pay(w.start(who, "pack"));
  w.catch_up();
  const auto now = w.stripe->now();
  BOOST_TEST(w.real_books->sweep(now - 1h, now - 1h, 100).value() == 0);
  BOOST_REQUIRE(w.real_books->sweep(now + 1h, now - 1h, 100).has_value());
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox") == 0);
  BOOST_TEST(w.number("select count(*) from easel.sale") == 1);
  BOOST_REQUIRE(w.real_books->sweep(now + 1h, now + 1h, 100).has_value());
  BOOST_TEST(w.number("select count(*) from easel.sale") == 0);
  BOOST_TEST(w.number("select count(*) from easel.purchase") == 0);
  BOOST_TEST(w.balance(who) == 1000);
}

BOOST_AUTO_TEST_CASE(of_several_nodes_one_leads) {
  billing_world w;
  auto other = w.open_books();
  constexpr auto role = persistence::billing_store::role::clerk;
  BOOST_TEST(w.real_books->lead(role).value());
  BOOST_TEST(w.real_books->lead(role).value()); // asked again
  BOOST_TEST(!other->lead(role).value());
  w.real_books.reset();
  for (int i = 0; i < 20000 && !other->lead(role).value(); ++i)
    std::this_thread::yield(); // the server notices the end of a connection in its own time
  w.real_books = w.open_books();
  BOOST_TEST(other->lead(role).value());
  BOOST_TEST(!w.real_books->lead(role).value());
  BOOST_TEST(w.real_books->lead(persistence::billing_store::role::reconciler).value()); // a role of its own
}

BOOST_AUTO_TEST_CASE(who_looked_before_somebody_else_wrote_has_to_look_again) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto row = w.real_books->find_billing(who).value().value();
  w.catch_up();
  persistence::billing_change old;
  old.who = row.id;
  old.version = row.version;
  BOOST_TEST((w.real_books->apply(old).value() == persistence::change_result::outdated));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_old_by_the_time_it_is_written_is_fetched_again) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto payment = w.stripe->sessions.at(session).payment_intent;
  auto books = w.open_books();
  actors::billing_clerk other(w.settings, *books, w.asker, w.counts);
  int calls = 0;
  w.stripe->before_call = [&] {
    if (++calls != 3) // session and refunds were fetched, and the disputes come next
      return;
    w.stripe->refund(payment, 350, "succeeded");
    BOOST_TEST(other.look_at({stripe_kind::session, session}, {}, {}).changed);
    BOOST_TEST(w.balance(who) == 500);
  };
  BOOST_TEST((w.clerk.look_at({stripe_kind::session, session}, {}, {}).what == actors::look_outcome::kind::done));
  BOOST_TEST(calls == 9); // three by the other, and three once more
  BOOST_TEST(w.balance(who) == 500);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(several_that_apply_the_same_object_at_once_leave_what_stripe_says) {
  billing_world w;
  w.stripe->now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto payment = w.stripe->sessions.at(session).payment_intent;
  std::atomic<bool> is_over{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] {
      auto books = w.open_books();
      actors::billing_clerk clerk(w.settings, *books, w.asker, w.counts);
      do
        (void)clerk.look_at({stripe_kind::session, session}, {}, {});
      while (!is_over);
    });
  std::string refund;
  for (int i = 0; i < 40; ++i) {
    if (refund.empty())
      refund = w.stripe->refund(payment, 7, "pending");
    else
      w.stripe->set_refund(std::exchange(refund, {}), i % 3 == 0 ? "succeeded" : "failed");
    (void)w.clerk.look_at({stripe_kind::session, session}, {}, {});
  }
  // Whatever the others saw before the last change, and write only now, must not count.
  int looks = 0;
  while (w.clerk.look_at({stripe_kind::session, session}, {}, {}).what != actors::look_outcome::kind::done
         && looks < 100)
    ++looks;
  is_over = true;
  for (auto& other : others)
    other.join();
  std::int64_t back = 0;
  for (const auto& [id, each] : w.stripe->refunds)
    back += each.status == "failed" ? 0 : each.amount;
  BOOST_TEST(back > 0);
  BOOST_TEST(w.balance(who) == 1000 - 1000 * back / 700);
  BOOST_TEST(w.number("select count(*) from easel.credit_grant where business_key like 'pack:%'") == 1);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(all_deliveries_lost_for_a_week_end_in_the_same_books_after_one_run) {
  const auto live = [](billing_world& w, bool is_delivered) {
    const auto next = [&] {
      if (is_delivered)
        w.catch_up();
      w.advance(24h);
    };
    const auto who = w.new_account();
    const auto session = w.start(who, "pack");
    w.stripe->pay(session);
    next();
    auto s = subscribe(w, "small", 1000);
    next();
    const auto payment = w.stripe->sessions.at(session).payment_intent;
    const auto refund = w.stripe->refund(payment, 100, "pending");
    next();
    w.stripe->set_refund(refund, "succeeded");
    next();
    const auto dispute = w.stripe->dispute(payment, "needs_response");
    next();
    renew(w, s, "price_large", 3000, true);
    w.stripe->set_status(s.subscription, "active"); // tells of the new price
    next();
    w.stripe->set_dispute(dispute, "lost");
    auto abandoned = w.start(w.new_account(), "pack");
    w.stripe->expire(abandoned);
    next();
    if (!is_delivered) {
      BOOST_TEST(w.number("select count(*) from easel.sale_grant") == 0);
      BOOST_REQUIRE(w.reconciler.run_all());
      w.work();
    }
    w.check_ledger();
    return w.value("select string_agg(concat_ws('|', (select string_agg(concat_ws(',', g.amount, g.clawed,"
                   " g.clawed_debt), ';' order by g.business_key) from easel.sale_grant g"
                   " where g.reference = s.reference), s.charged, s.refunded, s.lost, s.disputed), E'\\n'"
                   " order by s.at, s.charged) from easel.sale s")
           + '\n'
           + w.value("select string_agg(concat_ws('|', p.state, p.item), E'\\n' order by p.id) from easel.purchase p")
           + '\n'
           + w.value("select string_agg(concat_ws('|', a.tier, a.blocked, easel.available(a.id, easel.now())), E'\\n'"
                     " order by a.id) from easel.account a")
           + '\n' + w.value("select string_agg(concat_ws('|', status, price), E'\\n') from easel.subscription");
  };
  billing_world timely;
  billing_world lost;
  const auto expected_books = live(timely, true);
  BOOST_TEST(live(lost, false) == expected_books);
  BOOST_TEST(lost.counts.missed > 0);
  // A second run finds nothing.
  const auto before = lost.counts.missed.load();
  lost.advance(2h);
  BOOST_REQUIRE(lost.reconciler.run_all());
  lost.work();
  BOOST_TEST(lost.counts.missed == before);
}

BOOST_AUTO_TEST_CASE(beyond_the_reach_of_events_the_objects_themselves_are_found) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  w.stripe->refund(w.stripe->sessions.at(session).payment_intent, 350, "succeeded");
  w.stripe->events.clear();
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  BOOST_TEST(w.balance(who) == 500);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(money_that_moves_long_after_its_object_was_made_is_found_on_the_balance) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  const auto late = renew(w, s, "price_small", 1000, false);
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto refund = w.stripe->refund(w.stripe->sessions.at(session).payment_intent, 350, "succeeded");
  w.catch_up();
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  BOOST_TEST(w.balance(who) == 500);
  w.advance(70 * 24h);
  w.stripe->pay_invoice(late);
  w.stripe->set_refund(refund, "failed");
  w.stripe->events.clear();
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  BOOST_TEST(w.number("select count(*) from easel.sale where reference = '" + late + "'") == 1);
  BOOST_TEST(w.number("select count(*) from easel.sale_grant g where reference = '" + late + "'") == 1);
  BOOST_TEST(w.balance(s.who) == 300); // paid after its month, it lasts from then on
  BOOST_TEST(w.balance(who) == 1000);
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(of_a_shared_account_only_our_own_money_is_asked_about) {
  billing_world w;
  w.stripe->instance = "elsewhere";
  auto& session = w.stripe->sessions["cs_theirs"];
  session.id = "cs_theirs";
  session.status = "open";
  session.customer = "cus_theirs";
  session.amount_subtotal = session.amount_total = 700;
  session.currency = "eur";
  session.ours.instance = "elsewhere";
  w.stripe->pay("cs_theirs");
  w.stripe->events.clear();
  BOOST_TEST(w.stripe->movements.size() == 1);
  BOOST_REQUIRE(w.reconciler.run_all());
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox") == 0);
  BOOST_TEST(w.number("select looked_at from easel.billing_sweep where name = 'balance'") == 1);
}

BOOST_AUTO_TEST_CASE(a_sale_that_stripe_does_not_know_is_an_open_difference) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  w.catch_up();
  w.advance(w.settings.tail_overlap + 1h);
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  BOOST_TEST(w.real_books->differences(10)->empty());
  w.stripe->sessions.erase(session);
  w.advance(1h);
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  const auto open = w.real_books->differences(10).value();
  BOOST_TEST_REQUIRE(open.size() == 1);
  BOOST_TEST(open[0].object_id == session);
  BOOST_TEST(open[0].reason == "gone");
  BOOST_TEST(w.balance(who) == 1000); // shown to operators, and nothing is taken
  w.advance(24h);
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  const auto later = w.real_books->differences(10).value();
  BOOST_TEST_REQUIRE(later.size() == 1); // seen again, and no older for it
  BOOST_TEST((later[0].since == open[0].since));
  BOOST_TEST(later[0].attempts > open[0].attempts);
}

BOOST_AUTO_TEST_CASE(an_audit_asks_about_an_object_again_and_again_in_one_row) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  for (int day = 0; day < 3; ++day) {
    BOOST_REQUIRE(w.reconciler.run_all());
    w.work();
    w.advance(24h);
  }
  const auto asked = [&] { return w.number("select count(*) from easel.billing_inbox where event_id like 'audit-%'"); };
  BOOST_TEST(asked() == 1);
  w.stripe->set_status(s.subscription, "canceled");
  w.stripe->events.clear();
  BOOST_REQUIRE(w.reconciler.run_all());
  w.work();
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.empty());
  BOOST_TEST(asked() == 1);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
}

BOOST_AUTO_TEST_CASE(books_agree_with_an_object_when_amount_currency_grants_and_levels_do) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto payment = w.stripe->sessions.at(session).payment_intent;
  w.stripe->refund(payment, 350, "succeeded");
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  const auto agrees = [&](persistence::listed_object o) -> bool {
    return w.real_books->agree(std::span(&o, 1)).value().front();
  };
  const persistence::listed_object pack{stripe_kind::session, false, session, "complete", 700, "eur", {}, false};
  const persistence::listed_object plan{stripe_kind::session, false, s.session, "complete", 1000, "eur", {}, false};
  persistence::listed_object charge{stripe_kind::charge, false, payment, "succeeded", 700, "eur", {}, true};
  BOOST_TEST(agrees(pack));
  BOOST_TEST(agrees(plan));
  BOOST_TEST(agrees(charge));
  auto other = pack;
  other.amount = 699;
  BOOST_TEST(!agrees(other));
  other = pack;
  other.currency = "usd";
  BOOST_TEST(!agrees(other));
  charge.amount = 701;
  BOOST_TEST(!agrees(charge));
  charge.id = "pi_unknown";
  BOOST_TEST(!agrees(charge));
  charge.is_marked = false;
  BOOST_TEST(agrees(charge)); // another's
  charge.customer = w.stripe->sessions.at(session).customer;
  BOOST_TEST(!agrees(charge)); // our customer's
  w.postgres.database->execute("update easel.sale_grant set clawed = 499 where reference = '" + session + "'");
  BOOST_TEST(!agrees(pack));
  w.postgres.database->execute("update easel.sale_grant set clawed = 500 where reference = '" + session + "'");
  BOOST_TEST(agrees(pack));
  w.postgres.database->execute("delete from easel.sale_grant where reference = '" + session + "'");
  BOOST_TEST(!agrees(pack));
  w.postgres.database->execute("delete from easel.subscription");
  BOOST_TEST(!agrees(plan));
}

BOOST_AUTO_TEST_CASE(a_page_that_does_not_come_is_asked_for_again_and_the_sweep_goes_on) {
  billing_world w;
  for (int i = 0; i < 12; ++i)
    w.stripe->pay(w.start(w.new_account(), "pack"));
  w.stripe->events.clear();
  int asked = 0;
  w.stripe->is_away = [&] { return ++asked % 2 == 1; };
  BOOST_REQUIRE(w.reconciler.run_all());
  BOOST_TEST(w.value("select string_agg(name, ' ' order by name) from easel.billing_sweep")
             == "balance events failures objects");
  w.stripe->is_away = [] { return false; };
  w.work();
  BOOST_TEST(w.number("select count(*) from easel.sale_grant") == 12);
  w.stripe->is_away = [] { return true; };
  const auto before = w.number("select extract(epoch from max(ran_at))::bigint from easel.billing_sweep");
  w.advance(1h);
  asked = w.stripe->calls;
  BOOST_REQUIRE(w.reconciler.run_all());
  BOOST_TEST(w.stripe->calls - asked == 4 * w.settings.attempts); // and no more
  BOOST_TEST(w.number("select extract(epoch from max(ran_at))::bigint from easel.billing_sweep") == before);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::tests
