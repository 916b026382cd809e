#pragma once

#include "tests/billing/billing_world.hpp"

#include <string>

/// What people do, as several tests tell it.
namespace easel::tests {

/// Somebody with a plan, and the period that is paid or to be paid.
struct subscriber {
  account_id who;
  std::string session;
  std::string subscription;
  instant from;
  instant to;
};

/// Buys a plan and pays; the events wait to be delivered.
inline subscriber subscribe(billing_world& w, const char* plan, std::int64_t amount) {
  subscriber s;
  s.who = w.new_account();
  s.session = w.start(s.who, plan);
  s.from = std::chrono::floor<std::chrono::seconds>(w.stripe->now());
  s.to = policies::add_months(s.from, std::string(plan) == "year" ? 12 : 1);
  s.subscription = w.stripe->subscribe(s.session, s.from, s.to, amount);
  return s;
}

/// The next period begins, with its invoice.
inline std::string renew(billing_world& w, subscriber& s, const char* price, std::int64_t amount, bool is_paid) {
  s.from = s.to;
  s.to = policies::add_months(s.from, 1);
  policies::stripe::invoice_line line;
  line.id = w.stripe->fresh("il_");
  line.price = price;
  line.subscription = s.subscription;
  line.amount = amount;
  line.period_start = s.from;
  line.period_end = s.to;
  auto& item = w.stripe->subscriptions.at(s.subscription).items.front();
  item.price = price;
  item.period_start = s.from;
  item.period_end = s.to;
  return w.stripe->bill(s.subscription, {line}, "subscription_cycle", is_paid);
}

/// The payment intent of an invoice.
inline std::string payment_of(const billing_world& w, const std::string& invoice) {
  return w.stripe->invoices.at(invoice).payments.front().payment_intent;
}

} // namespace easel::tests
