#include "http/client/stripe_event.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/stripe_json.hpp"

#include <array>
#include <utility>

namespace easel::client::stripe {
namespace {

using nlohmann::json;
using policies::stripe::delivery;
using policies::stripe::event;

constexpr std::size_t longest_currency = 8; ///< that is kept; all of today's have three letters

/// The first of these members that is an amount: each kind of object calls its own otherwise.
std::optional<std::int64_t> amount_of(reader& object) {
  for (const auto* name : {"amount_total", "total", "amount_paid", "amount"})
    if (const auto found = object.maybe_integer(name))
      return found;
  return std::nullopt;
}

/// The id of the object itself, where others would name it as a link.
void link_itself(event& out) {
  const auto& kind = out.object;
  if (kind == "customer")
    out.customer = out.object_id;
  else if (kind == "subscription")
    out.subscription = out.object_id;
  else if (kind == "invoice")
    out.invoice = out.object_id;
  else if (kind == "payment_intent")
    out.payment_intent = out.object_id;
  else if (kind == "charge")
    out.charge = out.object_id;
}

/// Whatever a member that should be a link or a word holds otherwise, it is left empty: types and forms that came after
/// this was written are no reason to refuse a delivery (section 0.1, rule 7).
void read_object(event& out, const json& found) {
  reader object(found);
  auto details = object.within("parent").within("subscription_details"); // of an invoice
  auto payment = object.within("payment");                               // of an invoice's payment
  out.object = object.word("object");
  out.object_id = object.id("id");
  out.customer = object.id("customer");
  out.subscription = object.id("subscription");
  if (out.subscription.empty())
    out.subscription = details.id("subscription");
  out.invoice = object.id("invoice");
  out.payment_intent = object.id("payment_intent");
  if (out.payment_intent.empty())
    out.payment_intent = payment.id("payment_intent");
  out.charge = object.id("charge");
  for (auto [from, name] : {std::pair(&object, "latest_charge"), std::pair(&payment, "charge")})
    if (out.charge.empty())
      out.charge = from->id(name);
  out.status = object.word("status");
  out.amount = amount_of(object);
  out.currency = object.word("currency");
  if (out.currency.size() > longest_currency)
    out.currency.clear();
  const auto& snapshot = details.member("metadata");
  out.ours = marks_of(snapshot.is_object() ? snapshot : object.member("metadata"));
  link_itself(out);
}

} // namespace

std::optional<event> decode_event(const json& found) {
  event out;
  reader event(found);
  out.id = event.id("id");
  out.type = event.word("type");
  out.api_version = event.word("api_version");
  out.created = event.time("created");
  out.livemode = event.flag("livemode");
  const auto& object = event.within("data").member("object");
  if (!found.is_object() || event.word("object") != "event" || !event.member("livemode").is_boolean() || !event.good()
      || out.id.empty() || out.type.empty() || out.created == instant() || !object.is_object())
    return std::nullopt;
  read_object(out, object);
  return out;
}

expected<event, delivery> reduce_stripe_event(std::string_view body) {
  if (body.size() > longest_event)
    return unexpected(delivery::malformed);
  const auto parsed = parse_unambiguous(body);
  if (!parsed)
    return unexpected(delivery::malformed);
  if (text_member(*parsed, "object") == "v2.core.event")
    return unexpected(delivery::unsupported);
  auto out = decode_event(*parsed);
  if (!out)
    return unexpected(delivery::malformed);
  return *std::move(out);
}

std::span<const std::string_view> event_types(int group) {
  static constexpr std::array<std::string_view, 20> sales{
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "customer.deleted",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "invoice_payment.paid",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
  };
  static constexpr std::array<std::string_view, 17> money{
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalization_failed",
    "invoice.marked_uncollectible",
    "invoice.voided",
    "invoice.overpaid",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
  };
  return group == 0 ? std::span<const std::string_view>(sales) : std::span<const std::string_view>(money);
}

} // namespace easel::client::stripe
