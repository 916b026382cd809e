#include "tests/billing/stories.hpp"
#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <functional>

/// Events that come in another order than they happened, or about what happened twice (billing-identity-edge, sections
/// 1.11 and 1.12).
namespace easel::tests {

BOOST_AUTO_TEST_SUITE(billing_pairs)

using namespace std::chrono_literals;
using policies::stripe::event;

namespace {

std::string state_of(billing_world& w, account_id who) { return w.desk.overview(who).value().purchases.at(0).state; }

/// Each of them by itself, looked at before the next one comes.
void deliver_singly(billing_world& w, std::span<const event> events) {
  for (const auto& one : events) {
    BOOST_REQUIRE(w.real_books->keep(std::span(&one, 1), false).has_value());
    w.work();
  }
}

/// What was told since the last time.
std::vector<event> told(billing_world& w) { return std::exchange(w.stripe->events, {}); }

std::vector<event> reversed(std::vector<event> events) {
  std::reverse(events.begin(), events.end());
  return events;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_subscription_begins_the_same_in_every_order_of_its_events) {
  billing_world w;
  const auto by_number = [](const event& a, const event& b) {
    return std::stoi(a.id.substr(4)) < std::stoi(b.id.substr(4));
  };
  for (int turn = 0; turn < 120; ++turn) {
    const auto s = subscribe(w, "small", 1000);
    auto events = told(w);
    BOOST_TEST_REQUIRE(events.size() == 6); // payment, invoice thrice, session, subscription: 720 orders
    for (int i = 0; i < 7 * turn; ++i)      // seven and 720 have no divisor in common
      std::next_permutation(events.begin(), events.end(), by_number);
    BOOST_TEST_CONTEXT("turn " << turn) {
      deliver_singly(w, events);
      BOOST_TEST(w.balance(s.who) == 300);
      BOOST_TEST(state_of(w, s.who) == "paid");
      BOOST_TEST(w.desk.overview(s.who)->subscriptions.size() == 1);
    }
  }
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
  BOOST_TEST(w.number("select count(*) from easel.sale_grant") == w.number("select count(*) from easel.sale"));
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(two_events_about_one_change_are_looked_at_twice_and_change_it_once) {
  billing_world w;
  const auto who = w.new_account();
  w.stripe->pay(w.start(who, "pack"));
  auto events = told(w);
  for (const auto& one : std::vector(events)) {
    events.push_back(one);
    events.back().id += "_again";
  }
  deliver_singly(w, events);
  BOOST_TEST(w.balance(who) == 1000);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where state = 1")
             == static_cast<long long>(events.size()));
}

BOOST_AUTO_TEST_CASE(a_rich_life_three_times_over_and_in_any_order_leaves_the_same_books) {
  const auto live = [](std::uint64_t seed) {
    billing_world w;
    const auto who = w.new_account();
    const auto session = w.start(who, "pack");
    w.stripe->pay(session);
    const auto payment = w.stripe->sessions.at(session).payment_intent;
    auto s = subscribe(w, "small", 1000);
    const auto refund = w.stripe->refund(payment, 350, "pending");
    w.stripe->set_refund(refund, "failed");
    w.stripe->set_dispute(w.stripe->dispute(payment, "needs_response"), "won");
    w.stripe->pay_invoice(renew(w, s, "price_large", 3000, false));
    w.stripe->set_status(s.subscription, "canceled");
    auto events = told(w);
    if (seed > 0) {
      const auto once = events;
      for (int i = 0; i < 2; ++i)
        events.insert(events.end(), once.begin(), once.end());
      test::seeded random(seed);
      for (std::size_t i = events.size() - 1; i > 0; --i)
        std::swap(events[i], events[random.between<std::size_t>(0, i)]);
    }
    deliver_singly(w, events);
    w.check_ledger();
    return std::tuple(w.balance(who), w.is_blocked(who), w.balance(s.who), state_of(w, who), state_of(w, s.who),
                      w.number("select count(*) from easel.sale_grant"));
  };
  const auto in_order = live(0);
  BOOST_TEST((in_order == std::tuple(1000, false, 1500, std::string("paid"), std::string("paid"), 3)));
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    BOOST_TEST((live(seed) == in_order), "seed " << seed);
}

BOOST_AUTO_TEST_CASE(what_ended_before_its_beginning_is_told_has_ended) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay_later(session);
  w.stripe->settle(session, true); // async_payment_succeeded comes before completed
  deliver_singly(w, reversed(told(w)));
  BOOST_TEST(state_of(w, who) == "paid");
  BOOST_TEST(w.balance(who) == 1000);

  const auto payment = w.stripe->sessions.at(session).payment_intent;
  w.stripe->set_refund(w.stripe->refund(payment, 350, "pending"), "failed"); // refund.failed before refund.created
  deliver_singly(w, reversed(told(w)));
  BOOST_TEST(w.balance(who) == 1000);

  w.stripe->set_dispute(w.stripe->dispute(payment, "needs_response"), "lost"); // closed before created
  for (const auto& one : reversed(told(w))) {
    deliver_singly(w, std::span(&one, 1));
    BOOST_TEST(!w.is_blocked(who)); // no hold is opened afterwards
    BOOST_TEST(w.balance(who) == 0);
  }
  w.check_ledger();
}

BOOST_AUTO_TEST_CASE(a_failure_that_is_told_after_the_payment_takes_nothing_back) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  (void)told(w);
  w.stripe->pay_invoice(renew(w, s, "price_small", 1000, false));
  deliver_singly(w, reversed(told(w)));
  BOOST_TEST(w.balance(s.who) == 600);
}

BOOST_AUTO_TEST_CASE(a_renewal_that_fails_for_good_grants_nothing_and_leaves_what_was_paid) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  renew(w, s, "price_small", 1000, false);
  w.stripe->set_status(s.subscription, "past_due");
  w.catch_up();
  w.stripe->set_status(s.subscription, "canceled");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300);
  BOOST_TEST(w.number("select count(*) from easel.sale") == 1);
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.empty());
}

BOOST_AUTO_TEST_CASE(a_downgrade_gives_less_from_its_own_period_on_and_takes_nothing_back) {
  billing_world w;
  auto s = subscribe(w, "large", 3000);
  w.catch_up();
  w.stripe->set_status(s.subscription, "active"); // scheduled: nothing about it changes yet
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 1200);
  renew(w, s, "price_small", 1000, true);
  w.stripe->set_status(s.subscription, "active");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 1500);
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.at(0).plan == "small");
}

BOOST_AUTO_TEST_CASE(more_seats_give_their_share_at_once_and_all_of_it_from_the_next_period_on) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  const auto days = (s.to - policies::add_months(s.to, -1)) / 24h;
  policies::stripe::invoice_line gone;
  gone.id = "il_gone";
  gone.price = "price_small";
  gone.subscription = s.subscription;
  gone.amount = -500;
  gone.proration = true;
  gone.period_start = s.to - 10 * 24h;
  gone.period_end = s.to;
  auto come = gone;
  come.id = "il_come";
  come.amount = 1500;
  come.quantity = 3;
  w.stripe->bill(s.subscription, {gone, come}, "subscription_update", true);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300 + 600 * 10 / days);
  auto full = gone;
  full.id = "il_full";
  full.amount = 3000;
  full.quantity = 3;
  full.proration = false;
  full.period_start = s.to;
  full.period_end = policies::add_months(s.to, 1);
  w.stripe->bill(s.subscription, {full}, "subscription_cycle", true);
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 300 + 600 * 10 / days + 900);
}

BOOST_AUTO_TEST_CASE(a_banks_question_blocks_only_where_that_is_wanted) {
  for (const bool blocks : {false, true}) {
    billing_world w;
    w.settings.inquiry_blocks = blocks;
    const auto who = w.new_account();
    const auto session = w.start(who, "pack");
    w.stripe->pay(session);
    const auto inquiry = w.stripe->dispute(w.stripe->sessions.at(session).payment_intent, "warning_needs_response");
    w.catch_up();
    BOOST_TEST(w.is_blocked(who) == blocks);
    w.stripe->set_dispute(inquiry, "warning_closed");
    w.catch_up();
    BOOST_TEST(!w.is_blocked(who));
    BOOST_TEST(w.balance(who) == 1000);
  }
}

BOOST_AUTO_TEST_CASE(two_subscriptions_of_one_person_are_both_real) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  auto second = w.stripe->subscriptions.at(s.subscription); // made in Stripe's Dashboard, say
  second.id = "sub_second";
  second.items.at(0).price = "price_large";
  w.stripe->subscriptions[second.id] = second;
  policies::stripe::invoice_line line;
  line.id = "il_second";
  line.price = "price_large";
  line.subscription = second.id;
  line.amount = 3000;
  line.period_start = s.from;
  line.period_end = s.to;
  w.stripe->bill(second.id, {line}, "subscription_create", true);
  w.stripe->set_status(second.id, "active");
  w.catch_up();
  BOOST_TEST(w.balance(s.who) == 1500);
  BOOST_TEST(w.desk.overview(s.who)->subscriptions.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::tests
