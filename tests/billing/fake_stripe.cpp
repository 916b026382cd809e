#include "tests/billing/fake_stripe.hpp"

#include <algorithm>

namespace easel::tests {

using namespace policies;
using client::completion;

namespace {

constexpr std::size_t page_size = 5; // so that pages are turned

template <class T>
std::optional<T> find_in(const std::map<std::string, T>& objects, const std::string& id) {
  const auto at = objects.find(id);
  return at == objects.end() ? std::nullopt : std::optional(at->second);
}

template <class T, class Fits>
std::vector<T> all_in(const std::map<std::string, T>& objects, Fits fits) {
  std::vector<T> found;
  for (const auto& [id, object] : objects)
    if (fits(object))
      found.push_back(object);
  return found;
}

/// One page of what was created within the window, the newest first.
template <class T>
stripe::listing<T> page_of(std::vector<T> objects, const client::stripe_window& when) {
  std::erase_if(objects, [&](const T& o) { return o.created < when.from || o.created > when.to; });
  std::stable_sort(objects.begin(), objects.end(), [](const T& a, const T& b) { return a.created > b.created; });
  auto begin = objects.begin();
  if (!when.starting_after.empty()) {
    begin = std::find_if(objects.begin(), objects.end(), [&](const T& o) { return o.id == when.starting_after; });
    if (begin != objects.end())
      ++begin;
  }
  stripe::listing<T> page;
  for (; begin != objects.end() && page.items.size() < page_size; ++begin)
    page.items.push_back(*begin);
  page.has_more = begin != objects.end();
  return page;
}

template <class T>
std::vector<T> values(const std::map<std::string, T>& objects) {
  return all_in(objects, [](const T&) { return true; });
}

} // namespace

template <class T, class Make>
void fake_stripe::answer(completion<T>& done, Make make) {
  on_the_way();
  const std::lock_guard lock(guard_);
  ++calls;
  before_call();
  if (is_asked_too_much()) {
    done(easel::unexpected(upstream_failure{failure_class::busy, {}, "rate_limit"}));
    return;
  }
  if (is_away()) {
    done(easel::unexpected(upstream_failure{failure_class::ambiguous, {}, "away"}));
    return;
  }
  if constexpr (std::is_void_v<T>) {
    make();
    done({});
  } else {
    done(make());
  }
}

// ---------------------------------------------------------------- people and time

void fake_stripe::tell(std::string type, std::string object, std::string id, std::string customer, std::string payment,
                       stripe::our_marks ours) {
  stripe::event e;
  e.id = fresh("evt_");
  e.type = std::move(type);
  e.api_version = "2026-10-28.endive";
  e.created = std::chrono::floor<std::chrono::seconds>(now());
  e.object = std::move(object);
  e.object_id = std::move(id);
  e.customer = std::move(customer);
  e.payment_intent = std::move(payment);
  e.ours = std::move(ours);
  events.push_back(std::move(e));
}

void fake_stripe::book(const char* type, const char* kind, const std::string& cause, const std::string& payment) {
  stripe::movement m;
  m.id = fresh("txn_");
  m.type = type;
  m.created = now();
  m.kind = kind;
  m.cause = cause;
  m.payment_intent = payment;
  movements[m.id] = m;
}

stripe::movement fake_stripe::shown(stripe::movement what) const {
  const auto as = [&](const auto& cause) {
    what.status = cause.status;
    what.amount = cause.amount;
    what.currency = cause.currency;
  };
  if (what.kind == "refund") {
    as(refunds.at(what.cause));
  } else if (what.kind == "dispute") {
    as(disputes.at(what.cause));
  } else {
    const auto& payment = payments.at(what.payment_intent);
    as(payment);
    what.customer = payment.customer;
    what.ours = payment.ours;
  }
  return what;
}

std::string fake_stripe::take_payment(const std::string& customer, std::int64_t amount, const char* status) {
  stripe::payment p;
  p.id = fresh("pi_");
  p.charge = "ch_of_" + p.id;
  p.customer = customer;
  p.status = status;
  p.amount = amount;
  p.amount_received = p.status == "succeeded" ? amount : 0;
  p.currency = "eur";
  p.created = now();
  p.ours.instance = instance;
  payments[p.id] = p;
  if (p.amount_received > 0)
    book("charge", "charge", p.charge, p.id);
  tell("payment_intent." + p.status, "payment_intent", p.id, customer);
  return p.id;
}

void fake_stripe::pay(const std::string& session, std::int64_t discount) {
  const std::lock_guard lock(guard_);
  auto& s = sessions.at(session);
  s.status = "complete";
  s.amount_total = s.amount_subtotal - discount;
  s.payment_status = s.amount_total == 0 ? "no_payment_required" : "paid";
  if (s.amount_total > 0)
    s.payment_intent = take_payment(s.customer, s.amount_total, "succeeded");
  tell("checkout.session.completed", "checkout.session", s.id, s.customer, {}, s.ours);
}

void fake_stripe::pay_later(const std::string& session) {
  auto& s = sessions.at(session);
  s.status = "complete";
  s.payment_status = "unpaid";
  s.payment_intent = take_payment(s.customer, s.amount_total, "processing");
  tell("checkout.session.completed", "checkout.session", s.id, s.customer, {}, s.ours);
}

void fake_stripe::settle(const std::string& session, bool succeeds) {
  auto& s = sessions.at(session);
  auto& p = payments.at(s.payment_intent);
  p.status = succeeds ? "succeeded" : "requires_payment_method";
  if (succeeds) {
    s.payment_status = "paid";
    p.amount_received = p.amount;
    book("payment", "charge", p.charge, p.id);
  }
  tell(succeeds ? "checkout.session.async_payment_succeeded" : "checkout.session.async_payment_failed",
       "checkout.session", s.id, s.customer, {}, s.ours);
}

void fake_stripe::expire(const std::string& session) {
  auto& s = sessions.at(session);
  if (s.status != "open")
    return;
  s.status = "expired";
  tell("checkout.session.expired", "checkout.session", s.id, s.customer, {}, s.ours);
}

std::string fake_stripe::subscribe(const std::string& session, instant from, instant to, std::int64_t amount) {
  auto& s = sessions.at(session);
  stripe::subscription sub;
  sub.id = fresh("sub_");
  sub.customer = s.customer;
  sub.status = amount == 0 ? "trialing" : "active";
  sub.items = {{"si_" + sub.id, session_price.at(session), 1, from, to}};
  if (amount == 0)
    sub.trial_end = to;
  sub.created = now();
  sub.ours = s.ours;
  subscriptions[sub.id] = sub;
  stripe::invoice_line line;
  line.id = fresh("il_");
  line.price = session_price.at(session);
  line.subscription = sub.id;
  line.amount = amount;
  line.period_start = from;
  line.period_end = to;
  s.invoice = bill(sub.id, {line}, "subscription_create", true);
  s.subscription = sub.id;
  s.status = "complete";
  s.payment_status = amount == 0 ? "no_payment_required" : "paid";
  tell("customer.subscription.created", "subscription", sub.id, sub.customer, {}, sub.ours);
  tell("checkout.session.completed", "checkout.session", s.id, s.customer, {}, s.ours);
  return sub.id;
}

std::string fake_stripe::bill(const std::string& subscription, std::vector<stripe::invoice_line> lines,
                              const char* reason, bool is_paid) {
  const auto& sub = subscriptions.at(subscription);
  stripe::invoice i;
  i.id = fresh("in_");
  i.customer = sub.customer;
  i.subscription = subscription;
  i.status = "open";
  i.billing_reason = reason;
  i.currency = "eur";
  i.created = now();
  i.ours = sub.ours;
  for (const auto& line : lines)
    i.total += line.amount;
  i.lines = std::move(lines);
  invoices[i.id] = i;
  tell("invoice.finalized", "invoice", i.id, i.customer, {}, i.ours);
  if (is_paid)
    pay_invoice(i.id);
  else
    tell("invoice.payment_failed", "invoice", i.id, i.customer, {}, i.ours);
  return i.id;
}

void fake_stripe::pay_invoice(const std::string& invoice) {
  auto& i = invoices.at(invoice);
  i.status = "paid";
  i.amount_paid = std::max<std::int64_t>(i.total, 0);
  i.paid_at = now();
  if (i.amount_paid > 0) {
    const auto payment = take_payment(i.customer, i.amount_paid, "succeeded");
    i.payments = {{payment, "ch_of_" + payment, "paid", i.amount_paid}};
    tell("invoice_payment.paid", "invoice_payment", fresh("inpay_"), {});
    events.back().invoice = i.id;
  }
  tell("invoice.paid", "invoice", i.id, i.customer, {}, i.ours);
}

void fake_stripe::set_status(const std::string& subscription, const char* status) {
  auto& s = subscriptions.at(subscription);
  s.status = status;
  if (s.status == "canceled")
    s.ended_at = now();
  tell(s.ended_at ? "customer.subscription.deleted" : "customer.subscription.updated", "subscription", s.id, s.customer,
       {}, s.ours);
}

std::string fake_stripe::refund(const std::string& payment, std::int64_t amount, const char* status) {
  const std::lock_guard lock(guard_);
  stripe::refund r{fresh("re_"), payment, "ch_of_" + payment, status, amount, "eur", now()};
  refunds[r.id] = r;
  book("refund", "refund", r.id, payment);
  tell("refund.created", "refund", r.id, {}, payment);
  tell("charge.refunded", "charge", r.charge, payments.at(payment).customer, payment);
  return r.id;
}

void fake_stripe::set_refund(const std::string& refund, const char* status) {
  const std::lock_guard lock(guard_);
  auto& r = refunds.at(refund);
  r.status = status;
  if (r.status == "failed")
    book("refund_failure", "refund", r.id, r.payment_intent);
  tell(r.status == "failed" ? "refund.failed" : "refund.updated", "refund", r.id, {}, r.payment_intent);
}

std::string fake_stripe::dispute(const std::string& payment, const char* status) {
  stripe::dispute d{fresh("dp_"), payment, "ch_of_" + payment, status, payments.at(payment).amount, "eur", now()};
  disputes[d.id] = d;
  if (!d.status.starts_with("warning"))
    book("adjustment", "dispute", d.id, payment);
  tell("charge.dispute.created", "dispute", d.id, {}, payment);
  return d.id;
}

void fake_stripe::set_dispute(const std::string& dispute, const char* status) {
  auto& d = disputes.at(dispute);
  d.status = status;
  if (d.status == "won")
    book("adjustment", "dispute", d.id, d.payment_intent);
  tell("charge.dispute.closed", "dispute", d.id, {}, d.payment_intent);
}

// ---------------------------------------------------------------- the interface

void fake_stripe::create_customer(const std::string&, const std::string& key, completion<std::string> id) {
  answer(id, [&] {
    auto& made = made_with_[key];
    if (made.empty())
      made = fresh("cus_");
    customers.insert(made);
    return made;
  });
}

void fake_stripe::delete_customer(const std::string& id, completion<void> done) {
  answer(done, [&] {
    customers.erase(id);
    tell("customer.deleted", "customer", id, id);
  });
}

void fake_stripe::create_session(const client::new_session& what, completion<client::made_session> done) {
  answer(done, [&] {
    auto& made = made_with_[what.idempotency_key];
    if (made.empty()) {
      made = fresh("cs_");
      stripe::checkout_session s;
      s.id = made;
      s.mode = what.subscription ? "subscription" : "payment";
      s.status = "open";
      s.payment_status = "unpaid";
      s.customer = what.customer;
      s.amount_subtotal = s.amount_total = prices.at(what.price).unit_amount.value_or(0);
      s.currency = prices.at(what.price).currency;
      s.created = now();
      s.expires_at = what.expires_at;
      s.ours = {instance, what.purchase, what.account};
      session_price[made] = what.price;
      sessions[made] = s;
    }
    return client::made_session{made, "https://pay.example/" + made, sessions.at(made).expires_at};
  });
}

void fake_stripe::find_session(const std::string& id, maybe<stripe::checkout_session> done) {
  answer(done, [&] { return find_in(sessions, id); });
}

void fake_stripe::find_open_url(const std::string& id, maybe<std::string> done) {
  answer(done, [&] {
    const auto found = find_in(sessions, id);
    return found && found->status == "open" ? std::optional("https://pay.example/" + id) : std::nullopt;
  });
}

void fake_stripe::expire_session(const std::string& id, completion<void> done) {
  answer(done, [&] { expire(id); });
}

void fake_stripe::create_portal(const std::string& customer, const std::string&, const std::string&,
                                completion<std::string> url) {
  answer(url, [&] { return "https://portal.example/" + customer; });
}

void fake_stripe::find_subscription(const std::string& id, maybe<stripe::subscription> done) {
  answer(done, [&] { return find_in(subscriptions, id); });
}

void fake_stripe::find_invoice(const std::string& id, maybe<stripe::invoice> done) {
  answer(done, [&] { return find_in(invoices, id); });
}

void fake_stripe::find_payment(const std::string& id, maybe<stripe::payment> done) {
  answer(done, [&] { return find_in(payments, id); });
}

void fake_stripe::find_refund(const std::string& id, maybe<stripe::refund> done) {
  answer(done, [&] { return find_in(refunds, id); });
}

void fake_stripe::find_dispute(const std::string& id, maybe<stripe::dispute> done) {
  answer(done, [&] { return find_in(disputes, id); });
}

void fake_stripe::find_price(const std::string& id, maybe<stripe::price> done) {
  answer(done, [&] { return find_in(prices, id); });
}

void fake_stripe::payment_of_charge(const std::string& charge, maybe<std::string> done) {
  answer(done, [&]() -> std::optional<std::string> {
    for (const auto& [id, payment] : payments)
      if (payment.charge == charge)
        return id;
    return std::nullopt;
  });
}

void fake_stripe::sessions_of_payment(const std::string& payment, all<stripe::checkout_session> done) {
  answer(done, [&] { return all_in(sessions, [&](const auto& s) { return s.payment_intent == payment; }); });
}

void fake_stripe::invoices_of_payment(const std::string& payment, all<std::string> done) {
  answer(done, [&] {
    std::vector<std::string> ids;
    for (const auto& [id, invoice] : invoices)
      for (const auto& each : invoice.payments)
        if (each.payment_intent == payment)
          ids.push_back(id);
    return ids;
  });
}

void fake_stripe::refunds_of(const std::string& payment, all<stripe::refund> done) {
  answer(done, [&] { return all_in(refunds, [&](const auto& r) { return r.payment_intent == payment; }); });
}

void fake_stripe::disputes_of(const std::string& payment, all<stripe::dispute> done) {
  answer(done, [&] { return all_in(disputes, [&](const auto& d) { return d.payment_intent == payment; }); });
}

void fake_stripe::subscriptions_of(const std::string& customer, all<stripe::subscription> done) {
  answer(done, [&] { return all_in(subscriptions, [&](const auto& s) { return s.customer == customer; }); });
}

void fake_stripe::cancel_subscription(const std::string& id, completion<void> done) {
  answer(done, [&] {
    if (!subscriptions.at(id).ended_at)
      set_status(id, "canceled");
  });
}

void fake_stripe::list_events(int group, const client::stripe_window& when, bool failed_only,
                              page<stripe::event> done) {
  answer(done, [&] {
    std::vector<stripe::event> found;
    if (!failed_only)
      for (const auto& e : events)
        if ((e.type.starts_with("invoice") ? 1 : 0) == group)
          found.push_back(e);
    std::reverse(found.begin(), found.end());
    return page_of(std::move(found), when);
  });
}

void fake_stripe::list_invoices(const client::stripe_window& when, page<stripe::invoice> done) {
  answer(done, [&] { return page_of(values(invoices), when); });
}

void fake_stripe::list_refunds(const client::stripe_window& when, page<stripe::refund> done) {
  answer(done, [&] { return page_of(values(refunds), when); });
}

void fake_stripe::list_disputes(const client::stripe_window& when, page<stripe::dispute> done) {
  answer(done, [&] { return page_of(values(disputes), when); });
}

void fake_stripe::list_sessions(const client::stripe_window& when, page<stripe::checkout_session> done) {
  answer(done, [&] { return page_of(values(sessions), when); });
}

void fake_stripe::list_movements(const client::stripe_window& when, page<stripe::movement> done) {
  answer(done, [&] {
    auto found = page_of(values(movements), when);
    for (auto& one : found.items)
      one = shown(std::move(one));
    return found;
  });
}

} // namespace easel::tests
