#pragma once

#include "http/client/stripe_client.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace easel::tests {

/// What a process does that is killed.
struct crash : std::runtime_error {
  crash() : std::runtime_error("crash") {}
};

/// Stripe as far as the books of billing can see it: objects that people and time change, and the events that say so.
/// Answers at once. Any thread may call the interface, `pay`, `refund` and `set_refund`; the rest is for tests of one
/// thread.
class fake_stripe final : public client::stripe_client {
public:
  std::function<instant()> now;
  std::function<void()> on_the_way = [] {};             ///< of each call, while nothing is locked; may throw `crash`
  std::function<void()> before_call = [] {};            ///< may throw `crash`
  std::function<bool()> is_away = [] { return false; }; ///< asked once for each call
  std::function<bool()> is_asked_too_much = [] { return false; }; ///< likewise
  std::string instance = "here";

  std::map<std::string, policies::stripe::checkout_session> sessions;
  std::map<std::string, policies::stripe::subscription> subscriptions;
  std::map<std::string, policies::stripe::invoice> invoices;
  std::map<std::string, policies::stripe::payment> payments;
  std::map<std::string, policies::stripe::refund> refunds;
  std::map<std::string, policies::stripe::dispute> disputes;
  std::map<std::string, policies::stripe::movement> movements; ///< each tells of its cause as it is now
  std::map<std::string, policies::stripe::price> prices;
  std::map<std::string, std::string> session_price; ///< by session
  std::set<std::string> customers;
  std::vector<policies::stripe::event> events; ///< the oldest first
  int calls = 0;

  [[nodiscard]] std::string fresh(const char* prefix) { return std::string(prefix) + std::to_string(++number_); }

  // -- what people and time do; each is told by events
  void pay(const std::string& session, std::int64_t discount = 0);
  void pay_later(const std::string& session); ///< by a method that takes days
  void settle(const std::string& session, bool succeeds);
  void expire(const std::string& session);
  /// What a subscription's session leads to: the subscription's id.
  std::string subscribe(const std::string& session, instant from, instant to, std::int64_t amount);
  /// An invoice, open or paid at once.
  std::string bill(const std::string& subscription, std::vector<policies::stripe::invoice_line> lines,
                   const char* reason, bool is_paid);
  void pay_invoice(const std::string& invoice);
  void set_status(const std::string& subscription, const char* status);
  std::string refund(const std::string& payment, std::int64_t amount, const char* status);
  void set_refund(const std::string& refund, const char* status);
  std::string dispute(const std::string& payment, const char* status);
  void set_dispute(const std::string& dispute, const char* status);
  void tell(std::string type, std::string object, std::string id, std::string customer, std::string payment = {},
            policies::stripe::our_marks ours = {});

  // -- the interface
  void create_customer(const std::string& account, const std::string& key, client::completion<std::string> id) override;
  void delete_customer(const std::string& id, client::completion<void> done) override;
  void create_session(const client::new_session& what, client::completion<client::made_session> done) override;
  void find_session(const std::string& id, maybe<policies::stripe::checkout_session> done) override;
  void find_open_url(const std::string& id, maybe<std::string> done) override;
  void expire_session(const std::string& id, client::completion<void> done) override;
  void create_portal(const std::string& customer, const std::string& return_url, const std::string& locale,
                     client::completion<std::string> url) override;
  void find_subscription(const std::string& id, maybe<policies::stripe::subscription> done) override;
  void find_invoice(const std::string& id, maybe<policies::stripe::invoice> done) override;
  void find_payment(const std::string& payment_intent, maybe<policies::stripe::payment> done) override;
  void find_refund(const std::string& id, maybe<policies::stripe::refund> done) override;
  void find_dispute(const std::string& id, maybe<policies::stripe::dispute> done) override;
  void find_price(const std::string& id, maybe<policies::stripe::price> done) override;
  void payment_of_charge(const std::string& charge, maybe<std::string> payment_intent) override;
  void sessions_of_payment(const std::string& payment_intent, all<policies::stripe::checkout_session> done) override;
  void invoices_of_payment(const std::string& payment_intent, all<std::string> ids) override;
  void refunds_of(const std::string& payment_intent, all<policies::stripe::refund> done) override;
  void disputes_of(const std::string& payment_intent, all<policies::stripe::dispute> done) override;
  void subscriptions_of(const std::string& customer, all<policies::stripe::subscription> done) override;
  void cancel_subscription(const std::string& id, client::completion<void> done) override;
  void list_events(int group, const client::stripe_window& when, bool failed_only,
                   page<policies::stripe::event> done) override;
  void list_invoices(const client::stripe_window& when, page<policies::stripe::invoice> done) override;
  void list_refunds(const client::stripe_window& when, page<policies::stripe::refund> done) override;
  void list_disputes(const client::stripe_window& when, page<policies::stripe::dispute> done) override;
  void list_sessions(const client::stripe_window& when, page<policies::stripe::checkout_session> done) override;
  void list_movements(const client::stripe_window& when, page<policies::stripe::movement> done) override;

private:
  template <class T, class Make>
  void answer(client::completion<T>& done, Make make);
  /// Money that moves because of this.
  void book(const char* type, const char* kind, const std::string& cause, const std::string& payment);
  [[nodiscard]] policies::stripe::movement shown(policies::stripe::movement what) const;
  [[nodiscard]] std::string take_payment(const std::string& customer, std::int64_t amount, const char* status);

  std::recursive_mutex guard_;
  int number_ = 0;
  std::map<std::string, std::string> made_with_; ///< ids by idempotency key
};

} // namespace easel::tests
