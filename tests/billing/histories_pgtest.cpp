#include "tests/billing/interleaved_lines.hpp"
#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <cstdlib>

/// Generated histories: whatever was bought, renewed, refunded and disputed, in whatever order its events come, twice
/// or never, whatever several lines do between each other's calls, and wherever the process is killed: the books end as
/// the model's.
namespace easel::tests {

BOOST_AUTO_TEST_SUITE(billing_histories)

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

/// One sale as the model knows it: what it granted, and what became of its money.
struct expected_sale {
  std::size_t person;
  std::int64_t granted;
  std::int64_t charged;
  std::string payment; ///< empty: nothing was charged
};

class history {
public:
  history(billing_world& w, std::uint64_t seed) : w_(w), random_(seed) {
    for (std::size_t i = 0; i < 2; ++i)
      people_.push_back({w.new_account(), {}, 0, 0});
    w.maybe_crash = [this] { crash_at_times(); };
    w.stripe->before_call = [this] { crash_at_times(); };
    w.stripe->is_away = [this] { return trouble_ && random_.one_in(30); };
  }

  void run() {
    trouble_ = true;
    for (int i = random_.between(12, 30); i > 0; --i) {
      step();
      if (random_.one_in(2))
        deliver_some();
      if (random_.one_in(2))
        attempt([&] { lines_.turn(); });
      if (random_.one_in(12))
        attempt([&] { (void)w_.reconciler.run_due(); });
      if (random_.one_in(4))
        w_.advance(std::chrono::minutes(random_.between(1, 30)));
    }
    trouble_ = false;
    // Everything that was lost is polled, and whatever waits or is parked becomes due.
    for (int i = 0; i < 4; ++i) {
      w_.advance(w_.settings.longest_backoff * 2);
      BOOST_REQUIRE(w_.reconciler.run_all());
      w_.work();
    }
  }

  void check() {
    std::vector<std::int64_t> owed(people_.size(), 0);
    std::vector<bool> bought(people_.size(), false);
    std::vector<bool> disputed(people_.size(), false);
    for (const auto& sale : sales_) {
      std::int64_t back = 0;
      for (const auto& [id, refund] : w_.stripe->refunds)
        if (refund.payment_intent == sale.payment && refund.status != "failed")
          back += refund.amount;
      for (const auto& [id, dispute] : w_.stripe->disputes) {
        if (dispute.payment_intent != sale.payment)
          continue;
        back += dispute.status == "lost" ? dispute.amount : 0;
        disputed[sale.person] = disputed[sale.person] || dispute.status == "needs_response";
      }
      bought[sale.person] = true;
      owed[sale.person] += sale.granted;
      if (sale.charged > 0)
        owed[sale.person] -= sale.granted * std::min(back, sale.charged) / sale.charged;
    }
    for (std::size_t i = 0; i < people_.size(); ++i) {
      BOOST_TEST_INFO("person " << i);
      BOOST_TEST(w_.balance(people_[i].who) == owed[i] - people_[i].spent);
      BOOST_TEST(w_.is_paid(people_[i].who) == bought[i]);
      BOOST_TEST(w_.is_blocked(people_[i].who) == disputed[i]);
    }
    BOOST_TEST(w_.number("select count(*) from easel.sale_grant") == static_cast<long long>(sales_.size()));
    BOOST_TEST(w_.number("select count(*) from easel.billing_inbox where ended_at is null") == 0);
    for (const auto& [id, session] : w_.stripe->sessions) {
      const auto state = w_.value("select state from easel.purchase where session = '" + id + "'");
      if (session.status == "complete" && session.payment_status != "unpaid")
        BOOST_TEST(state == "3");
      else if (!state.empty())
        BOOST_TEST(state != "3");
    }
    for (const auto& [id, subscription] : w_.stripe->subscriptions)
      BOOST_TEST(w_.value("select status from easel.subscription where id = '" + id + "'") == subscription.status);
    w_.check_ledger();
  }

private:
  struct person {
    account_id who;
    std::string subscription;
    std::int64_t spent = 0;
    int months = 0;
  };

  void crash_at_times() {
    if (trouble_ && random_.one_in(60))
      throw crash();
  }

  /// The process that did this may have been killed meanwhile.
  template <class Work>
  void attempt(Work work) {
    try {
      work();
    } catch (const crash&) {
    }
  }

  void step() {
    auto& p = people_[random_.between<std::size_t>(0, people_.size() - 1)];
    switch (random_.between(0, 9)) {
    case 0:
    case 1:
      return buy_pack(p);
    case 2:
      return subscribe(p);
    case 3:
      return renew(p);
    case 4:
    case 5:
      return refund();
    case 6:
      return dispute();
    case 7:
      return spend(p);
    case 8:
      return end_something(p);
    default:
      return settle_something();
    }
  }

  [[nodiscard]] std::size_t index_of(const person& p) const { return static_cast<std::size_t>(&p - people_.data()); }

  /// The session that a checkout led to, unless it was refused or cut off.
  std::string checkout(const person& p, const char* item) {
    std::string session;
    attempt([&] {
      const auto url = w_.desk.checkout(p.who, {item, "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""});
      if (url)
        session = url->substr(url->rfind('/') + 1);
    });
    return session;
  }

  void buy_pack(person& p) {
    const auto session = checkout(p, "pack");
    if (session.empty())
      return;
    auto& s = *w_.stripe;
    switch (random_.between(0, 5)) {
    case 0:
      return s.expire(session);
    case 1:
      return s.pay_later(session);
    case 2:
      s.pay(session, 700);
      break;
    case 3:
      s.pay(session, random_.between(1, 699));
      break;
    default:
      s.pay(session);
      break;
    }
    const auto& paid = s.sessions.at(session);
    sales_.push_back({index_of(p), 1000, paid.amount_total, paid.payment_intent});
    if (random_.one_in(2))
      attempt([&] { (void)w_.desk.returned(p.who, session); });
  }

  void add_invoice(const person& p, const std::string& invoice, std::int64_t granted) {
    const auto& i = w_.stripe->invoices.at(invoice);
    sales_.push_back({index_of(p), granted, i.amount_paid, i.payments.empty() ? "" : i.payments[0].payment_intent});
  }

  void subscribe(person& p) {
    if (!p.subscription.empty())
      return;
    const bool is_trial = random_.one_in(4);
    const auto session = checkout(p, "small");
    if (session.empty())
      return;
    const auto from = std::chrono::floor<std::chrono::seconds>(w_.stripe->now());
    p.subscription = w_.stripe->subscribe(session, from, policies::add_months(from, 1), is_trial ? 0 : 1000);
    add_invoice(p, w_.stripe->sessions.at(session).invoice, is_trial ? 40 : 300);
  }

  void renew(person& p) {
    if (p.subscription.empty())
      return;
    const bool is_large = random_.one_in(2);
    policies::stripe::invoice_line line;
    line.id = w_.stripe->fresh("il_");
    line.price = is_large ? "price_large" : "price_small";
    line.subscription = p.subscription;
    line.amount = is_large ? 3000 : 1000;
    auto& item = w_.stripe->subscriptions.at(p.subscription).items.front();
    line.period_start = item.period_end;
    line.period_end = policies::add_months(line.period_start, 1);
    item.price = line.price;
    item.period_start = line.period_start;
    item.period_end = line.period_end;
    const bool is_paid = random_.one_in(2);
    const auto invoice = w_.stripe->bill(p.subscription, {line}, "subscription_cycle", is_paid);
    w_.stripe->set_status(p.subscription, is_paid ? "active" : "past_due");
    if (is_paid)
      add_invoice(p, invoice, is_large ? 1200 : 300);
    else
      unpaid_.push_back({index_of(p), invoice, is_large ? 1200 : 300});
  }

  void refund() {
    const auto& s = pick_sale();
    if (s.payment.empty())
      return;
    std::int64_t left = s.charged;
    for (const auto& [id, refund] : w_.stripe->refunds)
      left -= refund.payment_intent == s.payment && refund.status != "failed" ? refund.amount : 0;
    if (left > 0)
      w_.stripe->refund(s.payment, random_.one_in(3) ? left : random_.between<std::int64_t>(1, left),
                        random_.one_in(3) ? "pending" : "succeeded");
  }

  void dispute() {
    const auto& s = pick_sale();
    if (!s.payment.empty())
      w_.stripe->dispute(s.payment, random_.one_in(3) ? "warning_needs_response" : "needs_response");
  }

  void spend(person& p) {
    const auto most = w_.balance(p.who);
    if (most <= 0)
      return;
    const auto amount = random_.between<std::int64_t>(1, most);
    w_.spend(p.who, amount);
    p.spent += amount;
  }

  void end_something(person& p) {
    if (!p.subscription.empty() && random_.one_in(2)) {
      w_.stripe->set_status(p.subscription, "canceled");
      p.subscription.clear();
    } else if (!unpaid_.empty()) {
      const auto [who, invoice, granted] = unpaid_.back();
      unpaid_.pop_back();
      w_.stripe->pay_invoice(invoice);
      add_invoice(people_[who], invoice, granted);
    }
  }

  /// What was pending gets its end: delayed payments, refunds, disputes.
  void settle_something() {
    auto& s = *w_.stripe;
    for (auto& [id, session] : s.sessions)
      if (session.status == "complete" && session.payment_status == "unpaid"
          && s.payments.at(session.payment_intent).status == "processing") {
        const bool succeeds = random_.one_in(2);
        s.settle(id, succeeds);
        if (succeeds) {
          const auto row = w_.value("select b.account_id from easel.purchase p join easel.billing_account b"
                                    " on b.id = p.billing_id where p.session = '"
                                    + id + "'");
          const auto owner = row.empty() ? w_.value("select b.account_id from easel.billing_account b where b.customer"
                                                    " = '"
                                                    + session.customer + "'")
                                         : row;
          for (std::size_t i = 0; i < people_.size(); ++i)
            if (to_string(people_[i].who.value) == owner)
              sales_.push_back({i, 1000, session.amount_total, session.payment_intent});
        }
        return;
      }
    for (auto& [id, refund] : s.refunds)
      if (refund.status == "pending" && random_.one_in(2))
        return s.set_refund(id, random_.one_in(2) ? "succeeded" : "failed");
    for (auto& [id, dispute] : s.disputes)
      if (dispute.status != "won" && dispute.status != "lost" && dispute.status != "warning_closed")
        return s.set_dispute(id, dispute.status == "warning_needs_response" ? "warning_closed"
                                 : random_.one_in(2)                        ? "won"
                                                                            : "lost");
  }

  const expected_sale& pick_sale() {
    static const expected_sale none{0, 0, 0, {}};
    return sales_.empty() ? none : sales_[random_.between<std::size_t>(0, sales_.size() - 1)];
  }

  /// Any of the events so far, in any order, new or old; those that are never picked are lost.
  void deliver_some() {
    std::vector<policies::stripe::event> picked;
    for (int i = random_.between(0, 8); i > 0 && !w_.stripe->events.empty(); --i)
      picked.push_back(w_.stripe->events[random_.between<std::size_t>(0, w_.stripe->events.size() - 1)]);
    attempt([&] { (void)w_.books.keep(picked, false); });
  }

  billing_world& w_;
  test::seeded random_;
  interleaved_lines lines_{w_, random_};
  bool trouble_ = false;
  std::vector<person> people_;
  struct unpaid_invoice {
    std::size_t person;
    std::string invoice;
    std::int64_t granted;
  };
  std::vector<unpaid_invoice> unpaid_;
  std::vector<expected_sale> sales_;
};

} // namespace

BOOST_AUTO_TEST_CASE(every_history_ends_in_the_books_of_the_model) {
  const auto first = from_environment("EASEL_SEED", 20261126);
  const auto count = from_environment("EASEL_BILLING_SEEDS", 300);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    BOOST_TEST_CONTEXT("EASEL_SEED=" << seed << " EASEL_BILLING_SEEDS=1") {
      billing_world w;
      history h(w, seed);
      h.run();
      h.check();
    }
  }
  BOOST_TEST_MESSAGE(count << " histories from seed " << first);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::tests
