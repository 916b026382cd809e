#pragma once

#include "policies/vocabulary/time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What we keep of Stripe's objects while we look at them: ids, types, times, amounts, statuses and links, nothing of
/// the buyer (BILL-1; billing-identity-edge, section 1.6). `http/client/stripe_*` decodes into these.
///
/// Ids and open sets are texts within the bounds below; a missing one is empty. Amounts are integers in the currency's
/// smallest unit, as Stripe sends them: whether they are plausible is decided by policies/billing.hpp.
namespace easel::policies::stripe {

inline constexpr std::size_t longest_id = 255;  ///< section 2.1: opaque, up to 255 characters
inline constexpr std::size_t longest_word = 64; ///< of an event's type, a status, an API version
inline constexpr std::size_t most_lines = 250;  ///< of one invoice; more of them, and the invoice is parked
inline constexpr std::size_t most_items = 20;   ///< of one subscription; that many is also Stripe's own limit

/// Whether `text` may stand for an object of Stripe: 1 to 255 letters, digits, `_` or `-`. Prefixes prove nothing.
[[nodiscard]] constexpr bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_id && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// Our own words in an object's metadata, put there when we made it (`easel_instance`, `easel_purchase`,
/// `easel_account`); empty when there are none.
struct our_marks {
  std::string instance; ///< of the installation: objects of others in a shared account are not ours
  std::string purchase; ///< purchase_id as shown, `buy_…`; of a session also its client_reference_id
  std::string account;  ///< billing_id as shown, `bill_…`: a pseudonym, never the account's own id

  friend bool operator==(const our_marks&, const our_marks&) = default;
};

/// One delivery, reduced: the answer to "which object shall we look at again?". Nothing is decided by what it says of
/// the object's state, because that may be old (section 0.1, rule 3).
struct event {
  std::string id;          ///< of the event: what makes a delivery happen once
  std::string type;        ///< `resource.event`
  std::string api_version; ///< it was rendered with
  instant created;         ///< whole seconds: for windows and display, never for an order
  bool livemode = false;

  std::string object; ///< kind of `data.object`: "checkout.session", "invoice", …
  std::string object_id;
  std::string customer;
  std::string subscription;
  std::string invoice;
  std::string payment_intent;
  std::string charge;
  std::string status;                 ///< of the object at the time of the event, for operators only
  std::optional<std::int64_t> amount; ///< likewise
  std::string currency;
  our_marks ours;

  friend bool operator==(const event&, const event&) = default;
};

struct checkout_session {
  std::string id;
  std::string mode;           ///< payment | subscription | setup
  std::string status;         ///< open | complete | expired
  std::string payment_status; ///< paid | unpaid | no_payment_required
  std::string customer;
  std::string payment_intent; ///< of a payment; none with a 100 % coupon
  std::string subscription;
  std::string invoice;
  std::int64_t amount_subtotal = 0; ///< before discounts and tax: what the catalogue says
  std::int64_t amount_total = 0;
  std::string currency;
  instant created;
  instant expires_at;
  our_marks ours;

  friend bool operator==(const checkout_session&, const checkout_session&) = default;
};

struct subscription_item {
  std::string id;
  std::string price;
  std::int64_t quantity = 1;
  instant period_start;
  instant period_end;

  friend bool operator==(const subscription_item&, const subscription_item&) = default;
};

struct subscription {
  std::string id;
  std::string customer;
  std::string status; ///< section 1.13
  std::vector<subscription_item> items;
  bool cancel_at_period_end = false; ///< classic billing mode
  std::optional<instant> cancel_at;  ///< flexible billing mode: both forms mean "will end" (section 1.5)
  std::optional<instant> trial_end;
  std::optional<instant> ended_at;
  instant created;
  our_marks ours;

  friend bool operator==(const subscription&, const subscription&) = default;
};

struct invoice_line {
  std::string id;
  std::string price;
  std::string subscription;
  std::int64_t amount = 0; ///< negative: a credit
  std::int64_t quantity = 1;
  bool proration = false;
  instant period_start; ///< of the line: the invoice's own period is another thing (section 1.5)
  instant period_end;

  friend bool operator==(const invoice_line&, const invoice_line&) = default;
};

/// One payment towards an invoice (`payments`, or `GET /v1/invoice_payments`).
struct invoice_payment {
  std::string payment_intent;
  std::string charge;
  std::string status; ///< open | paid | canceled
  std::int64_t amount_paid = 0;

  friend bool operator==(const invoice_payment&, const invoice_payment&) = default;
};

struct invoice {
  std::string id;
  std::string customer;
  std::string subscription;   ///< of its parent
  std::string status;         ///< draft | open | paid | void | uncollectible
  std::string billing_reason; ///< section 1.9
  std::int64_t total = 0;
  std::int64_t amount_paid = 0;
  std::string currency;
  instant created;
  std::optional<instant> paid_at;
  std::vector<invoice_line> lines; ///< all of them, over all pages
  std::vector<invoice_payment> payments;
  our_marks ours; ///< a snapshot of the subscription's metadata

  friend bool operator==(const invoice&, const invoice&) = default;
};

/// A payment intent with its latest charge.
struct payment {
  std::string id;
  std::string charge;
  std::string customer;
  std::string status; ///< "succeeded" when the money is ours
  std::int64_t amount = 0;
  std::int64_t amount_received = 0;
  std::string currency;
  instant created;
  our_marks ours;

  friend bool operator==(const payment&, const payment&) = default;
};

struct refund {
  std::string id;
  std::string payment_intent;
  std::string charge;
  std::string status; ///< pending | requires_action | succeeded | failed | canceled
  std::int64_t amount = 0;
  std::string currency;
  instant created;

  friend bool operator==(const refund&, const refund&) = default;
};

struct dispute {
  std::string id;
  std::string payment_intent;
  std::string charge;
  std::string status; ///< section 1.10
  std::int64_t amount = 0;
  std::string currency;
  instant created;

  friend bool operator==(const dispute&, const dispute&) = default;
};

/// Money that came onto the account's balance or left it, with what caused it. Amount and currency are those of the
/// cause: the movement's own are converted to the account's currency. Of fees, payouts and the like only `id`, `type`
/// and `created` are kept.
struct movement {
  std::string id;
  std::string type; ///< charge | payment | refund | refund_failure | adjustment | …: an open set
  instant created;
  std::string kind; ///< of the cause: charge | refund | dispute; empty: another one
  std::string cause;
  std::string payment_intent;
  std::string customer; ///< of a charge, as the marks
  std::string status;   ///< of the cause as it is now
  std::int64_t amount = 0;
  std::string currency;
  our_marks ours;

  friend bool operator==(const movement&, const movement&) = default;
};

struct price {
  std::string id;
  bool active = false;
  bool livemode = false;
  std::string currency;
  std::optional<std::int64_t> unit_amount;
  std::string interval; ///< day | week | month | year; empty: one time
  std::int64_t interval_count = 0;

  friend bool operator==(const price&, const price&) = default;
};

/// What became of one delivery to the webhook: a metric's label. Only `stored` and those that another try could not
/// change are answered with 200.
enum class delivery : std::uint8_t {
  stored,
  repeated,      ///< its event is in the inbox already
  unsupported,   ///< genuine, and no snapshot event of v1: 200, or Stripe would repeat it for days
  bad_signature, ///< 400, as the next two
  stale,         ///< signed more than 300 s ago, or ahead
  malformed,     ///< signed, and no event
  full,          ///< 503, as the next two
  unavailable,   ///< the database does not answer
  not_configured,
};

inline constexpr std::array all_deliveries{
  delivery::stored,    delivery::repeated, delivery::unsupported, delivery::bad_signature,  delivery::stale,
  delivery::malformed, delivery::full,     delivery::unavailable, delivery::not_configured,
};

[[nodiscard]] std::string_view to_string(delivery value);

/// What a list call answers: newest first.
template <class T>
struct listing {
  std::vector<T> items;
  bool has_more = false;
};

} // namespace easel::policies::stripe
