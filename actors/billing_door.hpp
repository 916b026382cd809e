#pragma once

#include "actors/front_door.hpp"
#include "policies/billing_catalogue.hpp"
#include "policies/billing_ids.hpp"
#include "policies/stripe_objects.hpp"
#include "policies/vocabulary/expected.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How people buy, and how Stripe's deliveries come in. No CAF in sight.
namespace easel::actors {

/// Why a step of billing had no result.
enum class billing_refusal {
  not_configured,     ///< this server sells nothing
  not_signed_in,      ///< no live session
  unavailable,        ///< the database does not answer, or the server is starting or ending
  overloaded,         ///< as many wait as may
  stripe_away,        ///< Stripe does not answer, or the catalogue's check has not passed yet
  misconfigured,      ///< Stripe refuses our key or request: an operator's matter
  unknown_item,       ///< no such plan or pack
  not_found,          ///< no such session of Checkout, or another's
  already_subscribed, ///< changing a plan is the Portal's
  nothing_bought,     ///< the Portal is for who bought something
  blocked,            ///< an open dispute, or a debt
  suspended,          ///< the account is suspended, restricted or closed
  still_subscribed,   ///< switching to free waits until the subscription has ended
  credits_left,       ///< switching to free waits until the paid credits are used up
};

inline constexpr std::array all_billing_refusals{
  billing_refusal::not_configured,   billing_refusal::not_signed_in, billing_refusal::unavailable,
  billing_refusal::overloaded,       billing_refusal::stripe_away,   billing_refusal::misconfigured,
  billing_refusal::unknown_item,     billing_refusal::not_found,     billing_refusal::already_subscribed,
  billing_refusal::nothing_bought,   billing_refusal::blocked,       billing_refusal::suspended,
  billing_refusal::still_subscribed, billing_refusal::credits_left,
};

[[nodiscard]] constexpr std::string_view to_string(billing_refusal value) {
  switch (value) {
  case billing_refusal::not_configured:
    return "not_configured";
  case billing_refusal::not_signed_in:
    return "not_signed_in";
  case billing_refusal::unavailable:
    return "unavailable";
  case billing_refusal::overloaded:
    return "overloaded";
  case billing_refusal::stripe_away:
    return "stripe_away";
  case billing_refusal::misconfigured:
    return "misconfigured";
  case billing_refusal::unknown_item:
    return "unknown_item";
  case billing_refusal::not_found:
    return "not_found";
  case billing_refusal::already_subscribed:
    return "already_subscribed";
  case billing_refusal::nothing_bought:
    return "nothing_bought";
  case billing_refusal::blocked:
    return "blocked";
  case billing_refusal::suspended:
    return "suspended";
  case billing_refusal::still_subscribed:
    return "still_subscribed";
  case billing_refusal::credits_left:
    return "credits_left";
  }
  return "unknown";
}

/// Called once, on an actor's thread, or on the caller's when nothing could be begun; must not block.
template <class T>
using billing_reply = std::function<void(expected<T, billing_refusal>)>;

struct purchase_view {
  purchase_id id;   ///< the reference that a person quotes
  std::string item; ///< our id of the plan or pack
  bool is_plan = false;
  std::string state;       ///< created | open | awaiting_funds | paid | partly_refunded | refunded | disputed | lost |
                           ///< expired | failed
  std::int64_t amount = 0; ///< what was charged; before that, what the catalogue says
  std::string currency;
  credits granted; ///< by this purchase so far, less what was taken back
  instant created_at;
};

/// What was paid for a plan after its purchase: a further period, or a change.
struct renewal_view {
  std::string reference;               ///< Stripe's id of the invoice, which its owner may quote and look up there
  std::optional<purchase_id> purchase; ///< that began the plan
  std::string state;                   ///< paid | partly_refunded | refunded | disputed | lost
  std::int64_t amount = 0;             ///< what was charged
  std::string currency;
  credits granted; ///< by it so far, less what was taken back
  instant paid_at;
};

struct subscription_view {
  std::string plan;   ///< our id; empty: its price has left the catalogue
  std::string status; ///< Stripe's word (billing-identity-edge, section 1.13)
  std::optional<instant> renews_at;
  std::optional<instant> ends_at; ///< it is cancelled, and goes on until then
};

/// `GET /v1/billing`.
struct billing_view {
  tier account_tier = tier::free;
  bool blocked = false;                         ///< an open dispute or a debt: nothing can be spent
  credits available;                            ///< negative: a debt
  std::vector<subscription_view> subscriptions; ///< that have not ended; more than one only by accident
  std::vector<purchase_view> purchases;         ///< the latest first, at most 100
  std::vector<renewal_view> renewals;           ///< the latest first, at most 100
  bool can_buy = false;                         ///< the catalogue's check has passed
  bool has_customer = false;                    ///< the Portal can be opened
};

struct checkout_start {
  std::string item;        ///< our id of a plan or pack
  std::string success_url; ///< ours, with `{CHECKOUT_SESSION_ID}` in it
  std::string cancel_url;
  std::string locale; ///< of Stripe's set; empty: by the browser
};

/// Any thread may call; nothing blocks. `who` is a session: an API key is `not_signed_in`.
class billing_door {
public:
  virtual ~billing_door() = default;

  /// What is for sale; the same for the whole life of the server.
  [[nodiscard]] virtual const policies::billing_catalogue& catalogue() const = 0;

  /// Writes our purchase, then makes the session; the answer is where to send the browser. An open session of the same
  /// account for the same item is answered again; one for another item is expired first.
  virtual void checkout(credential who, checkout_start what, billing_reply<std::string> url) = 0;
  /// A link for one visit. Not to be kept.
  virtual void portal(credential who, std::string return_url, std::string locale, billing_reply<std::string> url) = 0;
  virtual void overview(credential who, billing_reply<billing_view> done) = 0;
  /// The success page: looks the session up at Stripe and fulfils as an event would.
  virtual void returned(credential who, std::string session, billing_reply<purchase_view> done) = 0;
  /// From paid to free, by the person's own wish on a page that names the new recipient.
  virtual void switch_to_free(credential who, billing_reply<void> done) = 0;

  /// One delivery to the webhook: the body as it came, byte for byte, and the value of `Stripe-Signature`. Verified and
  /// reduced on the caller's thread; `stored` and `repeated` are answered when the event is durable.
  virtual void deliver(std::string body, std::string signature,
                       std::function<void(policies::stripe::delivery)> done) = 0;
};

} // namespace easel::actors
