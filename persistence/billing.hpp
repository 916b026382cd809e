#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres_store.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/billing.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The books of billing: what was bought, what Stripe says of it, and what that meant in credits (BILL-1, RET-3).
/// What is decided is decided in policies/billing.hpp; each command here writes it in one transaction.
namespace easel::persistence {

struct billing_account_row {
  billing_id id;
  std::optional<account_id> account; ///< none: it was deleted
  std::string customer;              ///< Stripe's id; empty until there is one
  std::int64_t version = 0;          ///< of its books, see `billing_change`
};

struct purchase_row {
  purchase_id id;
  billing_id billing;
  std::string item;
  std::string price;
  policies::purchase_terms terms;
  std::string session; ///< empty until it was made
  std::string subscription;
  instant created_at;
  instant open_until;
};

/// A purchase as its owner sees it.
struct purchase_seen {
  purchase_row row;
  std::int64_t charged = 0; ///< 0 before it was paid
  policies::money_back back;
  credits granted; ///< less what was taken back
};

/// A paid invoice of a subscription that no purchase shows: each but the first, which is its purchase's.
struct renewal_seen {
  std::string reference;               ///< the invoice's id at Stripe: what the copy of one's data calls it, too
  std::optional<purchase_id> purchase; ///< that led to the subscription; none: somebody made it at Stripe
  std::int64_t charged = 0;
  std::string currency;
  policies::money_back back;
  credits granted; ///< so far, less what was taken back
  instant paid_at;
};

struct subscription_row {
  std::string id;
  std::string status;
  std::string price;
  instant period_end;
  std::optional<instant> ends_at;
};

struct billing_overview {
  tier of_tier = tier::free;
  bool blocked = false;
  credits available;
  std::string customer;
  std::vector<subscription_row> subscriptions; ///< that have not ended
  std::vector<purchase_seen> purchases;        ///< the latest first
  std::vector<renewal_seen> renewals;          ///< the latest first
};

struct inbox_item {
  policies::stripe::event what;
  int attempts = 0;
  std::optional<billing_id> owner; ///< whose it is, as far as customer, object and payment lead to rows of ours
};

/// How the id of an event begins that the reconciler made, to have one object looked at. Stripe's begin otherwise.
inline constexpr std::string_view own_event = "audit-";

/// Which sale a payment belongs to.
struct sale_place {
  std::string reference;
  bool is_pack = false;
};

struct new_purchase {
  account_id account;
  std::string item;
  bool is_plan = false;
  std::string price;
  std::int64_t amount = 0;
  std::string currency;
  credits amount_of_credits;
  duration session_life;
};

enum class purchase_begun {
  begun,        ///< `purchase` is new
  open_already, ///< `purchase` is the same item's, and its session may still be open
  other_open,   ///< `purchase` is another item's that has to be expired first
  already_subscribed,
  blocked,
  account_gone, ///< closed, suspended or restricted
};

struct purchase_outcome {
  purchase_begun result = purchase_begun::begun;
  purchase_row purchase;
  billing_account_row who;
  bool had_plan = false; ///< a subscription, now or before: there is one trial
};

/// One look at Stripe, as decided. Everything in it is written, or nothing.
struct billing_change {
  billing_id who;
  std::int64_t version = 0; ///< read before Stripe was asked: if it is another one now, somebody wrote meanwhile
  std::string customer;     ///< of the object, when our row may not know it yet

  struct purchase_step {
    purchase_id id;
    policies::purchase_state to = policies::purchase_state::created;
    std::string session;
    std::string subscription;
  };
  std::optional<purchase_step> purchase;
  std::optional<policies::stripe::subscription> subscription;

  struct settled_sale {
    policies::sale what;
    std::optional<purchase_id> purchase;
    policies::money_back back;
    std::vector<policies::stripe::refund> refunds;
    std::vector<policies::stripe::dispute> disputes;
  };
  std::optional<settled_sale> sale;

  std::vector<std::string> events; ///< that this applies
};

enum class change_result {
  done,
  nothing_new, ///< the books said so already; the events are over
  outdated,    ///< look at Stripe again
};

struct due_drip {
  policies::sale_drip drip;
  std::string reference;
  billing_account_row who;
  int granted = 1;
};

struct outbox_item {
  enum class kind : std::uint8_t { cancel_subscription = 0, expire_session = 1, delete_customer = 2 };
  kind what = kind::cancel_subscription;
  std::string target;
  int attempts = 0;
};

/// What the reconciler saw in one of Stripe's lists.
struct listed_object {
  /// Session and invoice: one that is paid. Payment: a refund or dispute of one. Charge: a payment that came in, its id
  /// the payment intent's.
  policies::stripe_kind kind = policies::stripe_kind::invoice;
  bool is_dispute = false;
  std::string id;
  std::string status;
  std::int64_t amount = 0;
  std::string currency;
  std::string customer;   ///< of a charge; one of our customers makes it ours
  bool is_marked = false; ///< of a charge: as ours
};

/// A sale of our books, as the audit reads them in the order of their time.
struct known_sale {
  std::string reference;
  bool is_pack = false;
  instant at;
};

struct sweep_mark {
  instant reached;
  instant ran_at;
  std::int64_t looked_at = 0;
  std::int64_t found = 0;
  std::optional<duration> took{}; ///< none: not measured
};

/// How billing is: for metrics and operators.
struct billing_health {
  std::int64_t waiting = 0; ///< events
  std::int64_t parked = 0;
  std::optional<instant> oldest_waiting;
  std::optional<instant> oldest_parked;
  std::int64_t outbox = 0;
  std::optional<instant> oldest_outbox;
};

/// An event that could not be applied, as operators see it.
struct open_difference {
  std::string event_id;
  std::string type;
  std::string object_id;
  std::string reason;
  instant since;
  int attempts = 0;
};

/// One connection, one thread at a time. Commands may be repeated after `unavailable`.
class billing_store {
public:
  virtual ~billing_store() = default;

  [[nodiscard]] virtual answer<instant> now() = 0;
  /// Whose session this is; nothing when it has ended.
  [[nodiscard]] virtual answer<std::optional<account_id>> account_of_session(const digest& token) = 0;

  // -- the inbox
  /// For each event whether it is new. Durable when answered. A polled one of our own (`own_event`) that has ended is
  /// due again, and new; one that has not stays as it is, so that an open difference is one row and keeps its age.
  [[nodiscard]] virtual answer<std::vector<bool>> keep(std::span<const policies::stripe::event> events,
                                                       bool by_poll) = 0;
  /// The oldest that are due, in the order in which they came, but those of these customers of Stripe's.
  [[nodiscard]] virtual answer<std::vector<inbox_item>> due(int limit, std::span<const std::string> but_of) = 0;
  [[nodiscard]] virtual answer<int> ignore(std::span<const std::string> events, policies::ignored why) = 0;
  /// Counts one attempt. Without a reason it waits, with one it is parked; both are due again after `pause`.
  [[nodiscard]] virtual answer<int> put_off(std::span<const std::string> events, std::optional<policies::parked> why,
                                            duration pause) = 0;
  /// Parked events of this customer are due now.
  [[nodiscard]] virtual answer<int> wake(const std::string& customer) = 0;
  [[nodiscard]] virtual answer<std::vector<open_difference>> differences(int limit) = 0;

  // -- who, and what is known
  [[nodiscard]] virtual answer<std::optional<billing_account_row>> find_billing(billing_id id) = 0;
  [[nodiscard]] virtual answer<std::optional<billing_account_row>> find_billing(account_id id) = 0;
  [[nodiscard]] virtual answer<std::optional<billing_account_row>> find_customer(const std::string& customer) = 0;
  [[nodiscard]] virtual answer<std::optional<purchase_row>> find_purchase(purchase_id id) = 0;
  [[nodiscard]] virtual answer<std::optional<purchase_row>> find_purchase(const std::string& session) = 0;
  [[nodiscard]] virtual answer<std::optional<sale_place>> sale_of_payment(const std::string& payment) = 0;
  /// With the latest `most` purchases, and as many renewals.
  [[nodiscard]] virtual answer<std::optional<billing_overview>> overview(account_id id, int most) = 0;
  [[nodiscard]] virtual answer<std::optional<purchase_seen>> see_purchase(purchase_id id) = 0;

  // -- buying
  [[nodiscard]] virtual answer<purchase_outcome> begin_purchase(const new_purchase& what) = 0;
  /// The customer that is kept now: another one, if somebody was faster. Empty when the account has been closed
  /// meanwhile: then Stripe is told to forget this one.
  [[nodiscard]] virtual answer<std::string> keep_customer(billing_id id, const std::string& customer) = 0;
  /// False when the account has been closed meanwhile, or the purchase is gone: then Stripe is told to expire it.
  [[nodiscard]] virtual answer<bool> keep_session(purchase_id id, const std::string& session) = 0;
  /// Ends a purchase that was not paid. False when it has ended, or was.
  [[nodiscard]] virtual answer<bool> give_up_purchase(purchase_id id) = 0;
  enum class freed { done, still_subscribed, credits_left, blocked };
  [[nodiscard]] virtual answer<freed> switch_to_free(account_id id) = 0;

  // -- applying
  [[nodiscard]] virtual answer<change_result> apply(const billing_change& change) = 0;
  /// Stripe deleted the customer.
  [[nodiscard]] virtual answer<int> forget_customer(const std::string& customer,
                                                    std::span<const std::string> events) = 0;
  [[nodiscard]] virtual answer<std::vector<due_drip>> due_drips(int limit) = 0;
  /// Grants the month, asks again in an hour because there is no access at present, or ends the drip. A month's credits
  /// stay for `grace` after it.
  enum class drip_step { grant, wait, end };
  [[nodiscard]] virtual answer<change_result> drip(const due_drip& what, drip_step step, duration grace) = 0;

  // -- deletion
  [[nodiscard]] virtual answer<std::vector<outbox_item>> due_outbox(int limit) = 0;
  [[nodiscard]] virtual answer<bool> outbox_done(const outbox_item& what) = 0;
  [[nodiscard]] virtual answer<bool> outbox_later(const outbox_item& what, duration pause) = 0;

  // -- the reconciler
  enum class role { clerk = 0, reconciler = 1 };
  /// At most one connection of all nodes leads in a role. Kept until the connection ends.
  [[nodiscard]] virtual answer<bool> lead(role as) = 0;
  [[nodiscard]] virtual answer<std::optional<sweep_mark>> sweep_mark_of(const std::string& name) = 0;
  [[nodiscard]] virtual answer<bool> keep_sweep(const std::string& name, const sweep_mark& mark) = 0;
  /// For each object whether our books agree with it: a session or invoice has its sale, of the same amount and
  /// currency, its grants, and as much taken back of them as went back; a refund or dispute its row; a charge that is
  /// ours belongs to a sale of its currency that is no smaller.
  [[nodiscard]] virtual answer<std::vector<bool>> agree(std::span<const listed_object> objects) = 0;
  /// Sessions that have no end yet and subscriptions that have not ended: what an audit looks at one by one. Ordered;
  /// `after` is the last one of the page before.
  [[nodiscard]] virtual answer<std::vector<policies::stripe_reference>> unfinished(const std::string& after,
                                                                                   int limit) = 0;
  /// Our sales from `after` on that are older than `until`, at most `limit`; equal times in the order of references.
  [[nodiscard]] virtual answer<std::vector<known_sale>> sales(const known_sale& after, instant until, int limit) = 0;
  [[nodiscard]] virtual answer<billing_health> health() = 0;
  /// Deletes what is over: events ended before `events_until`, sales before `sales_until` (RET-3).
  [[nodiscard]] virtual answer<int> sweep(instant events_until, instant sales_until, int limit) = 0;
};

/// With a connection of its own, opened when first used.
[[nodiscard]] std::unique_ptr<billing_store> make_postgres_billing_store(store_settings settings,
                                                                         std::shared_ptr<const keyring> keys,
                                                                         std::shared_ptr<postgres_commons> commons);

} // namespace easel::persistence
