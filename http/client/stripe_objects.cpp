#include "http/client/stripe_objects.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/stripe_json.hpp"

namespace easel::client::stripe {
namespace {

using nlohmann::json;
namespace values = policies::stripe;

/// An object of this kind with an id, or nothing that is read.
reader begin(const json& object, const char* kind) {
  reader out(object);
  if (!object.is_object() || text_member(object, "object") != kind)
    out.spoil();
  return out;
}

template <class T>
std::optional<T> finish(const reader& object, T out) {
  if (!object.good() || out.id.empty())
    return std::nullopt;
  return out;
}

/// Each item of `list.data`, at most `most`; false when one is none.
template <class T, class Decode>
bool read_list(const json& list, std::size_t most, std::vector<T>& out, Decode decode) {
  const auto& data = member(list, "data");
  if (data.is_null())
    return true;
  if (!data.is_array() || data.size() > most)
    return false;
  for (const auto& item : data) {
    auto one = decode(item);
    if (!one)
      return false;
    out.push_back(*std::move(one));
  }
  return true;
}

std::optional<values::subscription_item> decode_item(const json& object) {
  auto item = begin(object, "subscription_item");
  values::subscription_item out;
  out.id = item.id("id");
  out.price = item.id("price");
  out.quantity = item.integer("quantity", 1);
  out.period_start = item.time("current_period_start");
  out.period_end = item.time("current_period_end");
  return finish(item, std::move(out));
}

bool more_of(const json& invoice, const char* list) {
  const auto& more = member(member(invoice, list), "has_more");
  return more.is_boolean() && more.get<bool>();
}

} // namespace

std::optional<values::checkout_session> decode_session(const json& object) {
  auto session = begin(object, "checkout.session");
  values::checkout_session out;
  out.id = session.id("id");
  out.mode = session.word("mode");
  out.status = session.word("status");
  out.payment_status = session.word("payment_status");
  out.customer = session.id("customer");
  out.payment_intent = session.id("payment_intent");
  out.subscription = session.id("subscription");
  out.invoice = session.id("invoice");
  out.amount_subtotal = session.integer("amount_subtotal");
  out.amount_total = session.integer("amount_total");
  out.currency = session.word("currency");
  out.created = session.time("created");
  out.expires_at = session.time("expires_at");
  out.ours = marks_of(session.member("metadata"));
  if (out.ours.purchase.empty()) // others put into it what they like
    if (const auto& reference = text_member(object, "client_reference_id"); values::is_id(reference))
      out.ours.purchase = reference;
  return finish(session, std::move(out));
}

std::optional<values::subscription> decode_subscription(const json& object) {
  auto subscription = begin(object, "subscription");
  values::subscription out;
  out.id = subscription.id("id");
  out.customer = subscription.id("customer");
  out.status = subscription.word("status");
  out.cancel_at_period_end = subscription.flag("cancel_at_period_end");
  out.cancel_at = subscription.maybe_time("cancel_at");
  out.trial_end = subscription.maybe_time("trial_end");
  out.ended_at = subscription.maybe_time("ended_at");
  out.created = subscription.time("created");
  out.ours = marks_of(subscription.member("metadata"));
  if (!read_list(subscription.member("items"), values::most_items, out.items, decode_item))
    subscription.spoil();
  return finish(subscription, std::move(out));
}

std::optional<values::invoice_line> decode_line(const json& object) {
  auto line = begin(object, "line_item");
  auto price = line.within("pricing").within("price_details");
  auto item = line.within("parent").within("subscription_item_details");
  auto one_off = line.within("parent").within("invoice_item_details");
  auto period = line.within("period");
  values::invoice_line out;
  out.id = line.id("id");
  out.price = price.id("price");
  out.subscription = line.id("subscription");
  if (out.subscription.empty())
    out.subscription = item.id("subscription");
  out.amount = line.integer("amount");
  out.quantity = line.integer("quantity", 1);
  out.proration = item.flag("proration") || one_off.flag("proration");
  out.period_start = period.time("start");
  out.period_end = period.time("end");
  for (const auto* part : {&price, &item, &one_off, &period})
    line.absorb(*part);
  return finish(line, std::move(out));
}

std::optional<values::invoice_payment> decode_invoice_payment(const json& object) {
  auto payment = begin(object, "invoice_payment");
  auto by = payment.within("payment");
  values::invoice_payment out;
  out.payment_intent = by.id("payment_intent");
  out.charge = by.id("charge");
  out.status = payment.word("status");
  out.amount_paid = payment.integer("amount_paid");
  payment.absorb(by);
  if (!payment.good())
    return std::nullopt;
  return out;
}

std::optional<values::invoice> decode_invoice(const json& object) {
  auto invoice = begin(object, "invoice");
  auto of = invoice.within("parent").within("subscription_details");
  auto transitions = invoice.within("status_transitions");
  values::invoice out;
  out.id = invoice.id("id");
  out.customer = invoice.id("customer");
  out.subscription = of.id("subscription");
  out.status = invoice.word("status");
  out.billing_reason = invoice.word("billing_reason");
  out.total = invoice.integer("total");
  out.amount_paid = invoice.integer("amount_paid");
  out.currency = invoice.word("currency");
  out.created = invoice.time("created");
  out.paid_at = transitions.maybe_time("paid_at");
  out.ours = marks_of(of.member("metadata"));
  invoice.absorb(of);
  invoice.absorb(transitions);
  if (!read_list(invoice.member("lines"), values::most_lines, out.lines, decode_line)
      || !read_list(invoice.member("payments"), values::most_lines, out.payments, decode_invoice_payment))
    invoice.spoil();
  return finish(invoice, std::move(out));
}

bool has_more_lines(const json& invoice) { return more_of(invoice, "lines"); }
bool has_more_payments(const json& invoice) { return more_of(invoice, "payments"); }

std::optional<values::payment> decode_payment(const json& object) {
  auto payment = begin(object, "payment_intent");
  values::payment out;
  out.id = payment.id("id");
  out.charge = payment.id("latest_charge");
  out.customer = payment.id("customer");
  out.status = payment.word("status");
  out.amount = payment.integer("amount");
  out.amount_received = payment.integer("amount_received");
  out.currency = payment.word("currency");
  out.created = payment.time("created");
  out.ours = marks_of(payment.member("metadata"));
  return finish(payment, std::move(out));
}

std::optional<values::refund> decode_refund(const json& object) {
  auto refund = begin(object, "refund");
  values::refund out;
  out.id = refund.id("id");
  out.payment_intent = refund.id("payment_intent");
  out.charge = refund.id("charge");
  out.status = refund.word("status");
  out.amount = refund.integer("amount");
  out.currency = refund.word("currency");
  out.created = refund.time("created");
  return finish(refund, std::move(out));
}

std::optional<values::dispute> decode_dispute(const json& object) {
  auto dispute = begin(object, "dispute");
  values::dispute out;
  out.id = dispute.id("id");
  out.payment_intent = dispute.id("payment_intent");
  out.charge = dispute.id("charge");
  out.status = dispute.word("status");
  out.amount = dispute.integer("amount");
  out.currency = dispute.word("currency");
  out.created = dispute.time("created");
  return finish(dispute, std::move(out));
}

std::optional<values::movement> decode_movement(const json& object) {
  auto movement = begin(object, "balance_transaction");
  values::movement out;
  out.id = movement.id("id");
  out.type = movement.word("type");
  out.created = movement.time("created");
  const auto& source = movement.member("source");
  const auto& kind = text_member(source, "object");
  if (kind == "charge" || kind == "refund" || kind == "dispute") {
    reader cause(source);
    out.kind = kind;
    out.cause = cause.id("id");
    out.payment_intent = cause.id("payment_intent");
    out.customer = cause.id("customer");
    out.status = cause.word("status");
    out.amount = cause.integer("amount");
    out.currency = cause.word("currency");
    out.ours = marks_of(cause.member("metadata"));
    movement.absorb(cause);
  }
  return finish(movement, std::move(out));
}

std::optional<values::price> decode_price(const json& object) {
  auto price = begin(object, "price");
  auto recurring = price.within("recurring");
  values::price out;
  out.id = price.id("id");
  out.active = price.flag("active");
  out.livemode = price.flag("livemode");
  out.currency = price.word("currency");
  out.unit_amount = price.maybe_integer("unit_amount");
  out.interval = recurring.word("interval");
  out.interval_count = recurring.integer("interval_count");
  price.absorb(recurring);
  return finish(price, std::move(out));
}

} // namespace easel::client::stripe
