#pragma once

#include "policies/billing_catalogue.hpp"
#include "policies/billing_ids.hpp"
#include "policies/stripe_objects.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What Stripe's objects mean in credits (billing-identity-edge, sections 1.7 to 1.13). Each function takes the object
/// as it is now and what was posted before, and says what is still to be posted: so the order of events, their repeats
/// and their loss make no difference.
namespace easel::policies {

// ---------------------------------------------------------------- which object

enum class stripe_kind : std::uint8_t { session, invoice, subscription, payment, charge, customer };

struct stripe_reference {
  stripe_kind kind = stripe_kind::session;
  std::string id;

  friend auto operator<=>(const stripe_reference&, const stripe_reference&) = default;
};

/// Why an event changes nothing, for good.
enum class ignored { other_mode, other_instance, of_no_concern };

/// Why an event could not be applied yet. It stays, is shown to operators, and is tried again.
enum class parked {
  unknown_account, ///< ours by its marks, and no billing account of that name
  unknown_payment, ///< a refund or dispute of a payment whose sale is not known
  unknown_price,   ///< not in the catalogue
  wrong_amount,    ///< not what the catalogue, or our purchase, says
  out_of_bounds,   ///< an amount, quantity or time that cannot be meant
  gone,            ///< Stripe does not know the object
  unreadable,      ///< an answer that cannot be read
  refused,         ///< Stripe refuses our key or request
  unavailable,     ///< Stripe or the database did not answer, again and again
  other_version,   ///< an event of another API version than ours: it may name its object where we do not look
};

[[nodiscard]] std::string_view to_string(ignored why);
[[nodiscard]] std::string_view to_string(parked why);

/// Whether an event is of our API version, or of one that is said to be readable. What stands behind the dot names a
/// version: those of one name differ in additions only (billing-identity-edge, section 0).
[[nodiscard]] bool is_of_our_version(const stripe::event& what, const billing_settings& settings);

/// The object that has to be looked at because of an event.
[[nodiscard]] expected<stripe_reference, ignored> object_of(const stripe::event& what,
                                                            const billing_settings& settings);

// ---------------------------------------------------------------- purchases

/// Stored as numbers: append, never renumber. From `paid` on nothing changes it; refunds are the sale's.
enum class purchase_state : std::uint8_t {
  created = 0,
  open = 1,
  awaiting_funds = 2,
  paid = 3,
  expired = 4,
  failed = 5
};

[[nodiscard]] std::string_view to_string(purchase_state value);

/// What our own row says was to be bought.
struct purchase_terms {
  bool is_plan = false;
  std::int64_t amount = 0;
  std::string currency;
  credits amount_of_credits; ///< of a pack
  purchase_state state = purchase_state::created;
};

/// Where a purchase goes that is `now` and seems to be `wanted`. Money that came in always wins; otherwise an end stays
/// the end, and what awaits funds is not open again.
[[nodiscard]] purchase_state settle_state(purchase_state now, purchase_state wanted);

/// Where a purchase is now. `payment_status`: of the session's payment intent, empty when there is none or it was not
/// looked at; it tells a delayed payment that failed from one under way.
[[nodiscard]] purchase_state next_state(purchase_state now, const stripe::checkout_session& session,
                                        std::string_view payment_status);

// ---------------------------------------------------------------- sales

/// Credits to be granted once.
struct sale_grant {
  std::string key;
  credits amount;
  std::optional<instant> expires_at;

  friend bool operator==(const sale_grant&, const sale_grant&) = default;
};

/// A year that is paid for at once and granted month by month; the first month is among the sale's grants.
struct sale_drip {
  std::string key; ///< of the first month's grant
  std::string subscription;
  std::string price;
  credits monthly;
  instant begins_at;
  int months = 12;

  friend bool operator==(const sale_drip&, const sale_drip&) = default;
};

/// What was bought at once and paid for: a pack's session, or an invoice.
struct sale {
  std::string reference; ///< the session's or invoice's id
  bool is_pack = false;
  std::string subscription;
  std::int64_t charged = 0;
  std::string currency;
  instant at;
  std::vector<std::string> payments; ///< payment intents and charges
  std::vector<sale_grant> grants;
  std::vector<sale_drip> drips;
};

/// Nothing while it is not paid.
using sale_or_reason = expected<std::optional<sale>, parked>;

/// A pack by our purchase, whose credits are those of its moment.
[[nodiscard]] sale_or_reason sale_of(const stripe::checkout_session& session, const purchase_terms& terms);
[[nodiscard]] sale_or_reason sale_of(const stripe::invoice& invoice, const billing_settings& settings);

// ---------------------------------------------------------------- money that went back

/// What of a sale's money is gone or disputed.
struct money_back {
  std::int64_t refunded = 0; ///< pending ones too: they are given back only when they fail
  std::int64_t lost = 0;     ///< in disputes
  bool disputed = false;     ///< one is open

  friend bool operator==(const money_back&, const money_back&) = default;
};

[[nodiscard]] expected<money_back, parked> money_back_of(const sale& of, std::span<const stripe::refund> refunds,
                                                         std::span<const stripe::dispute> disputes,
                                                         bool inquiry_blocks);

/// How much of `granted` is taken back at this level: floor(granted × min(charged, refunded + lost) / charged), and
/// nothing of what cost nothing.
[[nodiscard]] credits claw_target(credits granted, std::int64_t charged, const money_back& back);

struct posted_grant {
  std::string key;
  credits amount;
  credits clawed;
};

struct claw {
  std::string key;
  credits delta; ///< negative: given back
  friend bool operator==(const claw&, const claw&) = default;
};

struct ledger_moves {
  std::vector<sale_grant> grants; ///< first
  std::vector<claw> claws;        ///< of posted grants and of these
};

/// What is still to be posted. A grant is posted in full and clawed in the same transaction, so that both are seen.
[[nodiscard]] ledger_moves moves_of(const sale& of, const money_back& back, std::span<const posted_grant> posted);

/// A purchase's state with what became of its money: its own, or partly_refunded, refunded, disputed or lost.
[[nodiscard]] std::string_view shown_state(purchase_state state, std::int64_t charged, const money_back& back);

// ---------------------------------------------------------------- subscriptions

[[nodiscard]] bool has_ended(std::string_view status); ///< canceled, incomplete_expired: never another one again
/// Whether what was paid for is given (section 1.13).
[[nodiscard]] bool gives_access(std::string_view status, bool past_due_access);

/// The month that comes next in a drip, when it is due: nothing when `granted` are all.
[[nodiscard]] std::optional<sale_grant> month_of(const sale_drip& drip, int granted, duration grace);
[[nodiscard]] instant due_at(const sale_drip& drip, int granted);

/// `months` later by the calendar in UTC; the last day of a shorter month stands for those that it lacks.
[[nodiscard]] instant add_months(instant at, int months);

// ---------------------------------------------------------------- retries and records

/// The pause before attempt `attempts + 1`.
[[nodiscard]] duration billing_backoff(const billing_settings& settings, int attempts);

/// When a record of `at` may go: `years` after the end of its financial year, which is the calendar's (RET-3).
[[nodiscard]] instant record_ends_at(instant at, int years);

/// Records from before this moment may go `now`.
[[nodiscard]] instant records_end_before(instant now, int years);

} // namespace easel::policies
