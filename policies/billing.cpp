#include "policies/billing.hpp"

#include <algorithm>
#include <array>

namespace easel::policies {

namespace {

constexpr std::int64_t largest_amount = 1'000'000'000'000; ///< in the smallest unit; what Stripe takes at most
constexpr std::int64_t largest_quantity = 1000;
constexpr auto longest_period = std::chrono::hours(24 * 370);

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

bool is_amount(std::int64_t value) { return value >= 0 && value <= largest_amount; }

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

__extension__ using wide = __int128; // amounts times credits

/// floor(value × part / whole), exact.
std::int64_t share(std::int64_t value, std::int64_t part, std::int64_t whole) {
  return static_cast<std::int64_t>(static_cast<wide>(value) * part / whole);
}

} // namespace

// ---------------------------------------------------------------- which object

std::string_view to_string(ignored why) {
  switch (why) {
  case ignored::other_mode:
    return "other_mode";
  case ignored::other_instance:
    return "other_instance";
  case ignored::of_no_concern:
    return "of_no_concern";
  }
  return "unknown";
}

std::string_view to_string(parked why) {
  switch (why) {
  case parked::unknown_account:
    return "unknown_account";
  case parked::unknown_payment:
    return "unknown_payment";
  case parked::unknown_price:
    return "unknown_price";
  case parked::wrong_amount:
    return "wrong_amount";
  case parked::out_of_bounds:
    return "out_of_bounds";
  case parked::gone:
    return "gone";
  case parked::unreadable:
    return "unreadable";
  case parked::refused:
    return "refused";
  case parked::unavailable:
    return "unavailable";
  case parked::other_version:
    return "other_version";
  }
  return "unknown";
}

bool is_of_our_version(const stripe::event& what, const billing_settings& settings) {
  const auto name_of = [](std::string_view version) {
    const auto dot = version.find('.');
    return dot == std::string_view::npos ? version : version.substr(dot + 1);
  };
  const auto& others = settings.other_versions;
  return name_of(what.api_version) == name_of(settings.api_version)
         || std::find(others.begin(), others.end(), what.api_version) != others.end();
}

expected<stripe_reference, ignored> object_of(const stripe::event& what, const billing_settings& settings) {
  if (what.livemode != settings.livemode)
    return unexpected(ignored::other_mode);
  if (!what.ours.instance.empty() && what.ours.instance != settings.instance)
    return unexpected(ignored::other_instance);
  const auto named = [](stripe_kind kind, const std::string& id) -> expected<stripe_reference, ignored> {
    if (!stripe::is_id(id))
      return unexpected(ignored::of_no_concern); // an upcoming invoice has no id
    return stripe_reference{kind, id};
  };
  if (what.object == "checkout.session")
    return named(stripe_kind::session, what.object_id);
  if (what.object == "invoice")
    return named(stripe_kind::invoice, what.object_id);
  if (what.object == "invoice_payment")
    return named(stripe_kind::invoice, what.invoice);
  if (what.object == "subscription")
    return named(stripe_kind::subscription, what.object_id);
  if (what.object == "payment_intent")
    return named(stripe_kind::payment, what.object_id);
  if (what.type == "customer.deleted")
    return named(stripe_kind::customer, what.object_id);
  if (is_one_of(what.object, {"charge", "refund", "dispute", "radar.early_fraud_warning"})) {
    if (!what.payment_intent.empty())
      return named(stripe_kind::payment, what.payment_intent);
    return named(stripe_kind::charge, what.object == "charge" ? what.object_id : what.charge);
  }
  return unexpected(ignored::of_no_concern);
}

// ---------------------------------------------------------------- purchases

std::string_view to_string(purchase_state value) {
  switch (value) {
  case purchase_state::created:
    return "created";
  case purchase_state::open:
    return "open";
  case purchase_state::awaiting_funds:
    return "awaiting_funds";
  case purchase_state::paid:
    return "paid";
  case purchase_state::expired:
    return "expired";
  case purchase_state::failed:
    return "failed";
  }
  return "unknown";
}

purchase_state settle_state(purchase_state now, purchase_state wanted) {
  using enum purchase_state;
  if (now == paid || wanted == paid)
    return paid;
  if (now == expired || now == failed || (now == awaiting_funds && (wanted == created || wanted == open)))
    return now;
  return now == open && wanted == created ? now : wanted;
}

purchase_state next_state(purchase_state now, const stripe::checkout_session& session,
                          std::string_view payment_status) {
  using enum purchase_state;
  const bool has_paid = is_one_of(session.payment_status, {"paid", "no_payment_required"});
  const bool has_failed = is_one_of(payment_status, {"requires_payment_method", "canceled"});
  auto seen = open;
  if (session.status == "complete")
    seen = has_paid ? paid : has_failed ? failed : awaiting_funds;
  else if (session.status == "expired")
    seen = expired;
  return settle_state(now, seen);
}

// ---------------------------------------------------------------- sales

sale_or_reason sale_of(const stripe::checkout_session& session, const purchase_terms& terms) {
  if (terms.is_plan || next_state(terms.state, session, "") != purchase_state::paid)
    return std::nullopt;
  if (!is_amount(session.amount_total) || !is_amount(session.amount_subtotal) || !is_currency(session.currency))
    return unexpected(parked::out_of_bounds);
  if (session.mode != "payment" || session.amount_subtotal != terms.amount || session.currency != terms.currency)
    return unexpected(parked::wrong_amount);
  sale s;
  s.reference = session.id;
  s.is_pack = true;
  s.charged = session.amount_total;
  s.currency = session.currency;
  s.at = session.created;
  if (!session.payment_intent.empty())
    s.payments.push_back(session.payment_intent);
  s.grants.push_back({"pack:" + session.id, terms.amount_of_credits, std::nullopt});
  return s;
}

namespace {

std::string month_key(const stripe::invoice_line& line) {
  return "sub:" + line.subscription + ':' + line.price + ':' + std::to_string(unix_seconds(line.period_start));
}

bool is_plausible(const stripe::invoice_line& line) {
  return line.amount >= -largest_amount && line.amount <= largest_amount && line.quantity >= 0
         && line.quantity <= largest_quantity && line.period_start <= line.period_end
         && line.period_end - line.period_start <= longest_period;
}

bool is_plausible(const stripe::invoice& invoice) {
  return is_amount(invoice.amount_paid) && is_currency(invoice.currency) && invoice.lines.size() <= stripe::most_lines
         && std::all_of(invoice.lines.begin(), invoice.lines.end(),
                        [](const stripe::invoice_line& line) { return is_plausible(line); });
}

std::optional<credits> times(credits each, std::int64_t n) { return credits::from(each.value() * n); }

/// What a plan gives for the whole of one of its periods.
credits whole_period(const billing_plan& plan) {
  return plan.monthly * (plan.interval == plan_interval::year ? 12 : 1);
}

/// Until when a month's credits are paid for. Who pays only after its end has it from then on: what was over when it
/// was granted would be money for nothing.
instant end_of_month(const stripe::invoice_line& line, instant paid_at) {
  return paid_at < line.period_end ? line.period_end : paid_at + (line.period_end - line.period_start);
}

/// Likewise the months of a year, when the first of them was over.
instant begin_of_year(const stripe::invoice_line& line, instant paid_at) {
  return paid_at < add_months(line.period_start, 1) ? line.period_start : paid_at;
}

/// An ordinary line of a subscription: a period that begins.
expected<void, parked> add_period(sale& to, const stripe::invoice_line& line, const billing_plan& plan,
                                  duration grace) {
  if (line.quantity == 0)
    return {};
  const auto trial = line.amount == 0 && plan.amount > 0;
  if (!trial && line.amount != plan.amount * line.quantity)
    return unexpected(parked::wrong_amount);
  if (trial) {
    if (plan.trial > credits{})
      to.grants.push_back({"trial:" + line.subscription, plan.trial, line.period_end + grace});
    return {};
  }
  const auto amount = times(plan.monthly, line.quantity);
  if (!amount)
    return unexpected(parked::out_of_bounds);
  if (*amount == credits{})
    return {};
  if (plan.interval == plan_interval::month) {
    to.grants.push_back({month_key(line), *amount, end_of_month(line, to.at) + grace});
    return {};
  }
  sale_drip drip{month_key(line), line.subscription, line.price, *amount, begin_of_year(line, to.at), 12};
  to.grants.push_back({drip.key, drip.monthly, add_months(drip.begins_at, 1) + grace});
  to.drips.push_back(std::move(drip));
  return {};
}

/// Credits that proration lines stand for: a signed share of whole periods, in millionths, of which the floor is taken
/// once, at the end. Each line adds an error of less than one millionth, which is given to the buyer.
class proration {
public:
  expected<void, parked> add(const stripe::invoice_line& line, const billing_plan& plan) {
    const auto whole = times(whole_period(plan), line.quantity);
    const auto begin = add_months(line.period_end, plan.interval == plan_interval::year ? -12 : -1);
    const auto period = unix_seconds(line.period_end) - unix_seconds(begin);
    if (!whole || period <= 0)
      return unexpected(parked::out_of_bounds);
    const auto left = std::min(unix_seconds(line.period_end) - unix_seconds(line.period_start), period);
    const auto part = static_cast<wide>(whole->value()) * left * 1'000'000 / period;
    sum_ += line.amount < 0 ? -part : part;
    ++lines_;
    return {};
  }

  [[nodiscard]] std::optional<credits> total() const {
    return credits::from(static_cast<std::int64_t>(std::max<wide>(sum_ + lines_, 0) / 1'000'000));
  }

private:
  wide sum_ = 0;
  int lines_ = 0;
};

} // namespace

sale_or_reason sale_of(const stripe::invoice& invoice, const billing_settings& settings) {
  if (invoice.status != "paid")
    return std::nullopt;
  if (!is_plausible(invoice))
    return unexpected(parked::out_of_bounds);
  sale s;
  s.reference = invoice.id;
  s.subscription = invoice.subscription;
  s.charged = invoice.amount_paid;
  s.currency = invoice.currency;
  s.at = invoice.paid_at.value_or(invoice.created);
  for (const auto& payment : invoice.payments)
    for (const auto* id : {&payment.payment_intent, &payment.charge})
      if (!id->empty())
        s.payments.push_back(*id);
  // Others are an operator's doing, or no subscription's: money, and no credits by themselves (section 1.9).
  if (!is_one_of(invoice.billing_reason, {"subscription_create", "subscription_cycle", "subscription_update"}))
    return s;

  proration changes;
  instant latest = invoice.created;
  for (const auto& line : invoice.lines) {
    if (line.subscription.empty() || line.price.empty())
      continue;
    const auto* plan = settings.catalogue.plan_of_price(line.price);
    if (plan == nullptr)
      return unexpected(parked::unknown_price);
    if (plan->currency != invoice.currency)
      return unexpected(parked::wrong_amount);
    latest = std::max(latest, line.period_end);
    const auto added = line.proration ? changes.add(line, *plan) : add_period(s, line, *plan, settings.credit_grace);
    if (!added)
      return unexpected(added.error());
  }
  const auto top_up = changes.total();
  if (!top_up)
    return unexpected(parked::out_of_bounds);
  if (*top_up > credits{})
    s.grants.push_back({"subup:" + invoice.id, *top_up, std::max(latest, s.at) + settings.credit_grace});
  return s;
}

// ---------------------------------------------------------------- money that went back

expected<money_back, parked> money_back_of(const sale& of, std::span<const stripe::refund> refunds,
                                           std::span<const stripe::dispute> disputes, bool inquiry_blocks) {
  money_back back;
  const auto fits = [&](std::int64_t amount, const std::string& currency) {
    return is_amount(amount) && currency == of.currency;
  };
  for (const auto& refund : refunds) {
    if (!fits(refund.amount, refund.currency))
      return unexpected(parked::out_of_bounds);
    if (!is_one_of(refund.status, {"failed", "canceled"}))
      back.refunded = std::min(back.refunded + refund.amount, largest_amount);
  }
  for (const auto& dispute : disputes) {
    if (!fits(dispute.amount, dispute.currency))
      return unexpected(parked::out_of_bounds);
    if (dispute.status == "lost")
      back.lost = std::min(back.lost + dispute.amount, largest_amount);
    else if (is_one_of(dispute.status, {"warning_needs_response", "warning_under_review"}))
      back.disputed = back.disputed || inquiry_blocks;
    else if (!is_one_of(dispute.status, {"won", "warning_closed", "prevented"}))
      back.disputed = true; // a word that we do not know is no end
  }
  return back;
}

credits claw_target(credits granted, std::int64_t charged, const money_back& back) {
  if (charged <= 0 || granted.is_negative())
    return {};
  return credits::unchecked(share(granted.value(), std::min(charged, back.refunded + back.lost), charged));
}

ledger_moves moves_of(const sale& of, const money_back& back, std::span<const posted_grant> posted) {
  ledger_moves moves;
  const auto level = [&](const std::string& key, credits amount, credits clawed) {
    const auto target = claw_target(amount, of.charged, back);
    if (target != clawed)
      moves.claws.push_back({key, target - clawed});
  };
  for (const auto& grant : posted)
    level(grant.key, grant.amount, grant.clawed);
  for (const auto& grant : of.grants) {
    const auto is_this = [&](const auto& other) { return other.key == grant.key; };
    if (grant.amount == credits{} || std::any_of(posted.begin(), posted.end(), is_this)
        || std::any_of(moves.grants.begin(), moves.grants.end(), is_this))
      continue;
    moves.grants.push_back(grant);
    level(grant.key, grant.amount, {});
  }
  return moves;
}

std::string_view shown_state(purchase_state state, std::int64_t charged, const money_back& back) {
  if (state != purchase_state::paid)
    return to_string(state);
  if (back.disputed)
    return "disputed";
  if (back.lost > 0)
    return "lost";
  if (back.refunded > 0)
    return back.refunded >= charged ? "refunded" : "partly_refunded";
  return to_string(state);
}

// ---------------------------------------------------------------- subscriptions

bool has_ended(std::string_view status) { return is_one_of(status, {"canceled", "incomplete_expired"}); }

bool gives_access(std::string_view status, bool past_due_access) {
  return is_one_of(status, {"active", "trialing"}) || (past_due_access && status == "past_due");
}

instant due_at(const sale_drip& drip, int granted) { return add_months(drip.begins_at, granted); }

std::optional<sale_grant> month_of(const sale_drip& drip, int granted, duration grace) {
  if (granted < 1 || granted >= drip.months)
    return std::nullopt;
  return sale_grant{drip.key + ':' + std::to_string(granted), drip.monthly,
                    add_months(drip.begins_at, granted + 1) + grace};
}

instant add_months(instant at, int months) {
  const auto date = day_of(at);
  auto moved = std::chrono::year_month_day(date) + std::chrono::months(months);
  if (!moved.ok())
    moved = moved.year() / moved.month() / std::chrono::last;
  return day(moved) + (at - date);
}

// ---------------------------------------------------------------- retries and records

duration billing_backoff(const billing_settings& settings, int attempts) {
  const auto doublings = std::clamp(attempts - 1, 0, 20);
  return std::min<duration>(settings.first_backoff * (std::int64_t{1} << doublings), settings.longest_backoff);
}

instant record_ends_at(instant at, int years) {
  const auto year = std::chrono::year_month_day(day_of(at)).year() + std::chrono::years(years + 1);
  return day(year / std::chrono::January / 1);
}

instant records_end_before(instant now, int years) {
  const auto year = std::chrono::year_month_day(day_of(now)).year() - std::chrono::years(years);
  return day(year / std::chrono::January / 1);
}

} // namespace easel::policies
