#pragma once

#include "http/client/transport.hpp"
#include "http/client/upstreams.hpp"
#include "policies/stripe_objects.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the service asks of Stripe, free of its wire format (BILL-1, THIRD-4; billing-identity-edge, section 2).
///
/// Nothing of a person is ever sent: no e-mail, no name, no `receipt_email`; our ids and the instance's go as metadata.
/// Each write carries an Idempotency-Key that its caller keeps before the call, and may be repeated with the same key
/// and the same values for 24 hours.
namespace easel::client {

struct stripe_settings {
  std::string base_url = "https://api.stripe.com"; ///< without a slash at the end
  secret_text key;                                 ///< sk_… or rk_…
  std::string api_version = "2026-10-28.endive";   ///< sent with each call; answers are read as this version
  std::string instance;                            ///< in the metadata of all that we make (`easel_instance`)
  call_limits limits{.connect = std::chrono::seconds(5),
                     .total = std::chrono::seconds(15),
                     .idle = std::chrono::seconds(15),
                     .max_body = 4u << 20};
};

/// What a failure means for whoever asked.
enum class stripe_outcome {
  later,      ///< network, 409, 5xx: whether it happened is open; the same call with the same key again
  limited,    ///< 429, there are too many calls: likewise, and whoever makes many makes fewer
  refused,    ///< our key or our request: an operator's matter, no repeat helps
  unreadable, ///< an answer that is none we understand: likewise
};
[[nodiscard]] stripe_outcome outcome_of(const policies::upstream_failure& failure);
/// Whether the same call may be answered at another time.
[[nodiscard]] constexpr bool may_be_repeated(stripe_outcome outcome) {
  return outcome == stripe_outcome::later || outcome == stripe_outcome::limited;
}

struct new_session {
  bool subscription = false;
  std::string price;
  std::string customer;
  std::string purchase;    ///< as shown, `buy_…`: client_reference_id and metadata of session and payment
  std::string account;     ///< as shown, `bill_…`
  std::string success_url; ///< with `{CHECKOUT_SESSION_ID}` in it
  std::string cancel_url;
  std::string locale; ///< of Stripe's set; empty: by the browser
  instant expires_at; ///< 30 min to 24 h ahead
  int trial_days = 0;
  std::string idempotency_key;
};

struct made_session {
  std::string id;
  std::string url; ///< where the browser is sent; for no log
  instant expires_at;

  friend bool operator==(const made_session&, const made_session&) = default;
};

/// What was created in between, both ends included, newest first; `starting_after` is the last id of the page before.
struct stripe_window {
  instant from;
  instant to;
  std::string starting_after;
};

/// Each call reports exactly once, on the transport's thread, never inline. An id that cannot be one
/// (`policies::stripe::is_id`) is refused without a call. `nullopt`: Stripe knows no such object.
class stripe_client {
public:
  template <class T>
  using maybe = completion<std::optional<T>>;
  template <class T>
  using all = completion<std::vector<T>>; ///< over all pages, at most `most_listed`
  template <class T>
  using page = completion<policies::stripe::listing<T>>; ///< of up to 100

  static constexpr std::size_t most_listed = 1000; ///< beyond: a failure, as nobody has that many
  static constexpr int event_groups = 2;           ///< the events that we read, in lists as long as one query takes

  virtual ~stripe_client() = default;

  // -- buying
  virtual void create_customer(const std::string& account, const std::string& idempotency_key,
                               completion<std::string> id) = 0;
  virtual void delete_customer(const std::string& id, completion<void> done) = 0; ///< gone already: success
  virtual void create_session(const new_session& what, completion<made_session> done) = 0;
  virtual void find_session(const std::string& id, maybe<policies::stripe::checkout_session> done) = 0;
  /// Where an open session is paid; nothing when it is not open any more.
  virtual void find_open_url(const std::string& id, maybe<std::string> done) = 0;
  virtual void expire_session(const std::string& id, completion<void> done) = 0; ///< not open any more: success
  virtual void create_portal(const std::string& customer, const std::string& return_url, const std::string& locale,
                             completion<std::string> url) = 0;

  // -- looking again at what an event named
  virtual void find_subscription(const std::string& id, maybe<policies::stripe::subscription> done) = 0;
  virtual void find_invoice(const std::string& id, maybe<policies::stripe::invoice> done) = 0; ///< all lines, payments
  virtual void find_payment(const std::string& payment_intent, maybe<policies::stripe::payment> done) = 0;
  virtual void find_refund(const std::string& id, maybe<policies::stripe::refund> done) = 0;
  virtual void find_dispute(const std::string& id, maybe<policies::stripe::dispute> done) = 0;
  virtual void find_price(const std::string& id, maybe<policies::stripe::price> done) = 0;
  /// The payment intent of a charge, empty for one that was made without.
  virtual void payment_of_charge(const std::string& charge, maybe<std::string> payment_intent) = 0;
  virtual void sessions_of_payment(const std::string& payment_intent, all<policies::stripe::checkout_session> done) = 0;
  virtual void invoices_of_payment(const std::string& payment_intent, all<std::string> ids) = 0;
  virtual void refunds_of(const std::string& payment_intent, all<policies::stripe::refund> done) = 0;
  virtual void disputes_of(const std::string& payment_intent, all<policies::stripe::dispute> done) = 0;
  virtual void subscriptions_of(const std::string& customer, all<policies::stripe::subscription> done) = 0;
  virtual void cancel_subscription(const std::string& id, completion<void> done) = 0; ///< ended already: success

  // -- the reconciler's lists
  /// `group` is 0 or 1. `failed_only`: those that some endpoint has not taken yet.
  virtual void list_events(int group, const stripe_window& when, bool failed_only,
                           page<policies::stripe::event> done) = 0;
  virtual void list_invoices(const stripe_window& when, page<policies::stripe::invoice> done) = 0;
  virtual void list_refunds(const stripe_window& when, page<policies::stripe::refund> done) = 0;
  virtual void list_disputes(const stripe_window& when, page<policies::stripe::dispute> done) = 0;
  virtual void list_sessions(const stripe_window& when, page<policies::stripe::checkout_session> done) = 0;
  /// With the charge, refund or dispute behind each.
  virtual void list_movements(const stripe_window& when, page<policies::stripe::movement> done) = 0;
};

/// The transport must outlive its client.
[[nodiscard]] std::unique_ptr<stripe_client> make_stripe_client(transport& net, stripe_settings settings);

} // namespace easel::client
