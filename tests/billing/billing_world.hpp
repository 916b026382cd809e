#pragma once

#include "actors/billing_desk.hpp"
#include "actors/billing_dispatcher.hpp"
#include "actors/billing_reconciler.hpp"
#include "tests/billing/crashing_books.hpp"
#include "tests/billing/fake_stripe.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace easel::tests {

/// A shop on a real database, with a Stripe whose objects the test changes. Time is the database's, shifted.
struct billing_world {
  persistence::postgres_fixture postgres;
  std::unique_ptr<persistence::store> accounts =
    persistence::make_postgres_store(postgres.settings(), persistence::contract::test_keys(), postgres.commons);
  std::unique_ptr<persistence::billing_store> real_books = open_books();
  std::function<void()> maybe_crash = [] {};
  crashing_books books{*real_books, [this] { maybe_crash(); }};
  std::shared_ptr<fake_stripe> stripe = std::make_shared<fake_stripe>();
  std::shared_ptr<std::atomic<bool>> stop = std::make_shared<std::atomic<bool>>(false);
  policies::billing_settings settings = shop();
  actors::stripe_asker asker{stripe, std::chrono::seconds(5), stop};
  actors::billing_counts counts;
  actors::billing_clerk clerk{settings, books, asker, counts};
  actors::billing_desk desk{settings, books, asker, counts};
  actors::billing_reconciler reconciler{settings, books, asker, counts, [](duration) {}};

  billing_world() {
    counts.can_buy = true;
    stripe->instance = settings.instance;
    stripe->now = [this] { return real_books->now().value(); };
    for (const auto& plan : settings.catalogue.plans)
      stripe->prices[plan.price] = {plan.price,
                                    true,
                                    false,
                                    plan.currency,
                                    plan.amount,
                                    plan.interval == policies::plan_interval::month ? "month" : "year",
                                    1};
    for (const auto& pack : settings.catalogue.packs)
      stripe->prices[pack.price] = {pack.price, true, false, pack.currency, pack.amount, "", 0};
  }

  static policies::billing_settings shop();

  [[nodiscard]] std::unique_ptr<persistence::billing_store> open_books() const {
    return persistence::make_postgres_billing_store(postgres.settings(), persistence::contract::test_keys(),
                                                    postgres.commons);
  }

  [[nodiscard]] account_id new_account() { return accounts->create_account(tier::free, "test", "a person").value(); }
  void advance(duration by) { postgres.commons->shift_clock(by); }
  [[nodiscard]] std::string value(const std::string& sql) const { return postgres.database->value(sql); }
  [[nodiscard]] long long number(const std::string& sql) const { return std::stoll(value(sql)); }

  /// The session that `who` was sent to.
  [[nodiscard]] std::string start(account_id who, const std::string& item);
  /// All of Stripe's events from `from` on come to the inbox; returns how many there are now.
  std::size_t deliver(std::size_t from = 0);
  /// One turn of the inbox, one line at a time: the number of events that were worked on, fewer than are due when
  /// Stripe failed several times in a row.
  int work_inbox();
  /// Works until nothing is due.
  void work();
  /// As `deliver` and `work`, of what was not delivered before.
  void catch_up();

  [[nodiscard]] long long balance(account_id who) const;
  /// Spends without a generation, from what expires soonest.
  void spend(account_id who, long long amount) const;
  /// Asks for one image at 5 credits, as the paid tier.
  [[nodiscard]] persistence::admitted try_admit(account_id who);
  [[nodiscard]] bool is_paid(account_id who) const;
  [[nodiscard]] bool is_blocked(account_id who) const;
  /// Whether the ledger is in order, whatever happened.
  void check_ledger() const;

private:
  std::size_t delivered_ = 0;
};

} // namespace easel::tests
