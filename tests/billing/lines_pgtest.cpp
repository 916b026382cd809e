#include "tests/billing/interleaved_lines.hpp"
#include "tests/billing/stories.hpp"

#include <algorithm>
#include <tuple>

/// Several customers at once, each of them in order.
namespace easel::tests {

BOOST_AUTO_TEST_SUITE(billing_lines)

using namespace std::chrono_literals;
using policies::stripe_kind;
using kind = actors::look_outcome::kind;

namespace {

/// Events of a customer that were over before one that came earlier.
constexpr auto disorder = "select count(*) from (select ended_at < max(ended_at) over (partition by customer order by"
                          " number rows between unbounded preceding and 1 preceding) as early from easel.billing_inbox"
                          " where customer <> '') t where early";

/// Some weeks of four people, told only when they are over.
std::vector<account_id> busy_month(billing_world& w) {
  std::vector<account_id> people;
  for (int i = 0; i < 2; ++i) {
    const auto who = w.new_account();
    const auto session = w.start(who, "pack");
    w.stripe->pay(session);
    const auto payment = w.stripe->sessions.at(session).payment_intent;
    w.stripe->set_refund(w.stripe->refund(payment, 350, "pending"), i == 0 ? "failed" : "succeeded");
    w.stripe->dispute(payment, i == 0 ? "needs_response" : "lost");
    people.push_back(who);
  }
  for (int i = 0; i < 2; ++i) {
    auto s = subscribe(w, "small", 1000);
    (void)renew(w, s, "price_small", 1000, true);
    w.stripe->pay_invoice(renew(w, s, "price_large", 3000, false));
    w.stripe->set_status(s.subscription, i == 0 ? "canceled" : "active");
    people.push_back(s.who);
  }
  return people;
}

/// Events of several customers as they come in: mixed, but those of one of them in their order.
void mix(std::vector<policies::stripe::event>& events, test::seeded& random) {
  for (std::size_t i = 0; i < 20 * events.size(); ++i) {
    const auto at = random.between<std::size_t>(1, events.size() - 1);
    if (events[at - 1].customer != events[at].customer)
      std::swap(events[at - 1], events[at]);
  }
}

std::vector<std::tuple<long long, bool, bool>> books_of(const billing_world& w, const std::vector<account_id>& people) {
  std::vector<std::tuple<long long, bool, bool>> books;
  for (const auto& who : people)
    books.emplace_back(w.balance(who), w.is_paid(who), w.is_blocked(who));
  return books;
}

/// An event about a payment of an invoice, which names no customer.
policies::stripe::event nameless(billing_world& w, const std::string& invoice) {
  w.stripe->tell("invoice_payment.paid", "invoice_payment", w.stripe->fresh("inpay_"), {});
  w.stripe->events.back().invoice = invoice;
  return w.stripe->events.back();
}

} // namespace

BOOST_AUTO_TEST_CASE(customers_at_once_end_in_the_books_of_one_after_the_other_and_each_in_order) {
  std::vector<std::tuple<long long, bool, bool>> serial;
  {
    billing_world w;
    const auto people = busy_month(w);
    w.deliver();
    w.work();
    serial = books_of(w, people);
  }
  std::size_t most = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      billing_world w;
      test::seeded random(seed);
      const auto people = busy_month(w);
      mix(w.stripe->events, random);
      w.deliver();
      interleaved_lines lines(w, random);
      lines.turn();
      BOOST_TEST((books_of(w, people) == serial));
      BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
      BOOST_TEST(w.number(disorder) == 0);
      w.check_ledger();
      most = std::max(most, lines.most_open());
    }
  }
  BOOST_TEST(most >= 4U);
}

BOOST_AUTO_TEST_CASE(no_more_customers_at_once_than_configured) {
  for (const int most : {1, 2}) {
    billing_world w;
    w.settings.parallel_customers = most;
    test::seeded random(7);
    const auto people = busy_month(w);
    w.deliver();
    interleaved_lines lines(w, random);
    lines.turn();
    BOOST_TEST(lines.most_open() == static_cast<std::size_t>(most));
    BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
  }
}

BOOST_AUTO_TEST_CASE(whoever_is_killed_among_several_leaves_all_of_it_to_the_next) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      billing_world w;
      test::seeded random(seed);
      const auto people = busy_month(w);
      w.deliver();
      int kills = 5;
      w.maybe_crash = [&] {
        if (kills > 0 && random.one_in(15)) {
          --kills;
          throw crash();
        }
      };
      interleaved_lines lines(w, random);
      for (int turns = 0; turns < 20; ++turns) {
        try {
          lines.turn();
        } catch (const crash&) {
        }
      }
      BOOST_TEST(kills < 5);
      BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
      BOOST_TEST(w.balance(people[2]) == 1800);
      w.check_ledger();
    }
  }
}

BOOST_AUTO_TEST_CASE(an_event_that_names_nobody_is_of_whom_our_rows_say) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  w.catch_up();
  const auto owner = w.real_books->find_billing(s.who).value()->id;
  const auto invoice = w.stripe->sessions.at(s.session).invoice;
  w.stripe->events.clear();
  (void)nameless(w, invoice);
  w.stripe->refund(payment_of(w, invoice), 100, "succeeded");
  (void)nameless(w, "in_of_nobody");
  w.deliver();
  const auto due = w.real_books->due(100, {}).value();
  BOOST_TEST_REQUIRE(due.size() == 4); // a refund is told of twice
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST((due[i].owner == owner), due[i].what.type);
  BOOST_TEST(!due[3].owner);
  const std::vector<std::string> others{w.stripe->subscriptions.at(s.subscription).customer};
  BOOST_TEST(w.real_books->due(100, others).value().size() == 3); // one of them names its customer
}

BOOST_AUTO_TEST_CASE(an_object_whose_owner_turns_out_goes_to_the_end_of_their_line) {
  billing_world w;
  auto s = subscribe(w, "small", 1000);
  const auto session = w.stripe->sessions.at(s.session);
  const std::vector events{nameless(w, session.invoice)};
  w.stripe->tell("customer.subscription.updated", "subscription", s.subscription, session.customer);
  const std::vector all{events.front(), w.stripe->events.back()};
  BOOST_REQUIRE(w.real_books->keep(all, false).has_value());
  actors::billing_dispatcher dispatcher(w.settings, w.books, w.counts);
  const auto unknown = dispatcher.next({});
  const auto known = dispatcher.next({});
  BOOST_REQUIRE((unknown && known));
  BOOST_TEST(!unknown->owner);
  BOOST_TEST(known->owner.has_value());
  const auto outcome = w.clerk.look_in_line(*unknown);
  BOOST_TEST((outcome.what == kind::of_another));
  BOOST_TEST((outcome.owner == known->owner));
  BOOST_TEST(w.number("select count(*) from easel.sale") == 0);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where attempts > 0") == 0);
  dispatcher.ended(*unknown, outcome, {});
  BOOST_TEST(!dispatcher.next({})); // theirs is being looked at
  dispatcher.ended(*known, w.clerk.look_in_line(*known), {});
  const auto at_its_turn = dispatcher.next({});
  BOOST_REQUIRE(at_its_turn.has_value());
  BOOST_TEST((at_its_turn->owner == known->owner));
  BOOST_TEST((w.clerk.look_in_line(*at_its_turn).what == kind::done));
  BOOST_TEST(w.balance(s.who) == 300);
}

BOOST_AUTO_TEST_CASE(when_stripe_is_asked_too_much_all_lines_pause_and_no_event_pays_for_it) {
  billing_world w;
  for (int i = 0; i < 8; ++i)
    w.stripe->pay(w.start(w.new_account(), "pack"));
  w.deliver();
  actors::billing_dispatcher dispatcher(w.settings, w.books, w.counts);
  moment now{1h};
  const auto first = dispatcher.next(now);
  const auto second = dispatcher.next(now);
  BOOST_REQUIRE((first && second));
  w.stripe->is_asked_too_much = [] { return true; };
  const auto outcome = w.clerk.look_in_line(*first);
  BOOST_TEST((outcome.what == kind::limited));
  dispatcher.ended(*first, outcome, now);
  BOOST_TEST(!dispatcher.next(now));
  dispatcher.ended(*second, w.clerk.look_in_line(*second), now); // was under way: says nothing new
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where attempts > 0 or due_at > easel.now()") == 0);
  w.stripe->is_asked_too_much = [] { return false; };
  now += policies::billing_brake::first_pause;
  std::vector<policies::line_look> open;
  while (auto look = dispatcher.next(now))
    open.push_back(*std::move(look));
  BOOST_TEST(open.size() == static_cast<std::size_t>(w.settings.parallel_customers / 2));
  BOOST_TEST((open.front().events == first->events)); // at their place
  for (const auto& look : open)
    dispatcher.ended(look, w.clerk.look_in_line(look), now);
  w.work();
  BOOST_TEST(w.number("select count(*) from easel.sale_grant") == 8);
}

BOOST_AUTO_TEST_CASE(an_event_of_another_version_waits_until_somebody_says_that_it_can_be_read) {
  billing_world w;
  const auto who = w.new_account();
  w.stripe->pay(w.start(who, "pack"));
  for (auto& event : w.stripe->events)
    event.api_version = "2031-01-01.novel";
  const auto calls = w.stripe->calls;
  w.deliver();
  w.work();
  BOOST_TEST(w.stripe->calls == calls);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where state = 3 and reason = 'other_version'")
             == static_cast<long long>(w.stripe->events.size()));
  w.settings.other_versions = {"2031-01-01.novel"};
  w.work(); // not due
  BOOST_TEST(w.balance(who) == 0);
  w.advance(w.settings.longest_backoff);
  w.work();
  BOOST_TEST(w.balance(who) == 1000);
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
}

BOOST_AUTO_TEST_CASE(somebody_with_many_events_keeps_nobody_waiting) {
  billing_world w;
  w.settings.batch = 8;
  const auto many = subscribe(w, "small", 1000);
  const auto customer = w.stripe->subscriptions.at(many.subscription).customer;
  for (int i = 0; i < 200; ++i)
    w.stripe->tell("customer.subscription.updated", "subscription", many.subscription, customer);
  const auto few = w.new_account();
  w.stripe->pay(w.start(few, "pack"));
  w.deliver();
  actors::billing_dispatcher dispatcher(w.settings, w.books, w.counts);
  const auto first = dispatcher.next({});
  const auto second = dispatcher.next({});
  BOOST_REQUIRE((first && second));
  BOOST_TEST((first->owner == w.real_books->find_billing(many.who).value()->id));
  BOOST_TEST((second->owner == w.real_books->find_billing(few).value()->id));
  dispatcher.ended(*first, w.clerk.look_in_line(*first), {});
  dispatcher.ended(*second, w.clerk.look_in_line(*second), {});
  w.work();
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
  BOOST_TEST(w.number(disorder) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::tests
