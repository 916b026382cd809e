#pragma once

#include "persistence/billing.hpp"

#include <functional>
#include <memory>

namespace easel::tests {

/// Books whose user may be killed just before or just after any of its commands.
class crashing_books final : public persistence::billing_store {
  template <class Call>
  auto around(Call call) {
    maybe_crash_();
    auto result = call();
    maybe_crash_();
    return result;
  }

public:
  crashing_books(persistence::billing_store& real, std::function<void()> maybe_crash)
      : real_(real), maybe_crash_(std::move(maybe_crash)) {}

  using event = policies::stripe::event;
  template <class T>
  using answer = persistence::answer<T>;

  answer<instant> now() override { return real_.now(); }
  answer<std::optional<account_id>> account_of_session(const digest& token) override {
    return around([&] { return real_.account_of_session(token); });
  }
  answer<std::vector<bool>> keep(std::span<const event> events, bool by_poll) override {
    return around([&] { return real_.keep(events, by_poll); });
  }
  answer<std::vector<persistence::inbox_item>> due(int limit, std::span<const std::string> but_of) override {
    return around([&] { return real_.due(limit, but_of); });
  }
  answer<int> ignore(std::span<const std::string> events, policies::ignored why) override {
    return around([&] { return real_.ignore(events, why); });
  }
  answer<int> put_off(std::span<const std::string> events, std::optional<policies::parked> why,
                      duration pause) override {
    return around([&] { return real_.put_off(events, why, pause); });
  }
  answer<int> wake(const std::string& customer) override {
    return around([&] { return real_.wake(customer); });
  }
  answer<std::vector<persistence::open_difference>> differences(int limit) override {
    return around([&] { return real_.differences(limit); });
  }
  answer<std::optional<persistence::billing_account_row>> find_billing(billing_id id) override {
    return around([&] { return real_.find_billing(id); });
  }
  answer<std::optional<persistence::billing_account_row>> find_billing(account_id id) override {
    return around([&] { return real_.find_billing(id); });
  }
  answer<std::optional<persistence::billing_account_row>> find_customer(const std::string& customer) override {
    return around([&] { return real_.find_customer(customer); });
  }
  answer<std::optional<persistence::purchase_row>> find_purchase(purchase_id id) override {
    return around([&] { return real_.find_purchase(id); });
  }
  answer<std::optional<persistence::purchase_row>> find_purchase(const std::string& session) override {
    return around([&] { return real_.find_purchase(session); });
  }
  answer<std::optional<persistence::sale_place>> sale_of_payment(const std::string& payment) override {
    return around([&] { return real_.sale_of_payment(payment); });
  }
  answer<std::optional<persistence::billing_overview>> overview(account_id id, int most) override {
    return around([&] { return real_.overview(id, most); });
  }
  answer<std::optional<persistence::purchase_seen>> see_purchase(purchase_id id) override {
    return around([&] { return real_.see_purchase(id); });
  }
  answer<persistence::purchase_outcome> begin_purchase(const persistence::new_purchase& what) override {
    return around([&] { return real_.begin_purchase(what); });
  }
  answer<std::string> keep_customer(billing_id id, const std::string& customer) override {
    return around([&] { return real_.keep_customer(id, customer); });
  }
  answer<bool> keep_session(purchase_id id, const std::string& session) override {
    return around([&] { return real_.keep_session(id, session); });
  }
  answer<bool> give_up_purchase(purchase_id id) override {
    return around([&] { return real_.give_up_purchase(id); });
  }
  answer<freed> switch_to_free(account_id id) override {
    return around([&] { return real_.switch_to_free(id); });
  }
  answer<persistence::change_result> apply(const persistence::billing_change& change) override {
    return around([&] { return real_.apply(change); });
  }
  answer<int> forget_customer(const std::string& customer, std::span<const std::string> events) override {
    return around([&] { return real_.forget_customer(customer, events); });
  }
  answer<std::vector<persistence::due_drip>> due_drips(int limit) override {
    return around([&] { return real_.due_drips(limit); });
  }
  answer<persistence::change_result> drip(const persistence::due_drip& what, drip_step step, duration grace) override {
    return around([&] { return real_.drip(what, step, grace); });
  }
  answer<std::vector<persistence::outbox_item>> due_outbox(int limit) override {
    return around([&] { return real_.due_outbox(limit); });
  }
  answer<bool> outbox_done(const persistence::outbox_item& what) override {
    return around([&] { return real_.outbox_done(what); });
  }
  answer<bool> outbox_later(const persistence::outbox_item& what, duration pause) override {
    return around([&] { return real_.outbox_later(what, pause); });
  }
  answer<bool> lead(role as) override {
    return around([&] { return real_.lead(as); });
  }
  answer<std::optional<persistence::sweep_mark>> sweep_mark_of(const std::string& name) override {
    return around([&] { return real_.sweep_mark_of(name); });
  }
  answer<bool> keep_sweep(const std::string& name, const persistence::sweep_mark& mark) override {
    return around([&] { return real_.keep_sweep(name, mark); });
  }
  answer<std::vector<bool>> agree(std::span<const persistence::listed_object> objects) override {
    return around([&] { return real_.agree(objects); });
  }
  answer<std::vector<policies::stripe_reference>> unfinished(const std::string& after, int limit) override {
    return around([&] { return real_.unfinished(after, limit); });
  }
  answer<std::vector<persistence::known_sale>> sales(const persistence::known_sale& after, instant until,
                                                     int limit) override {
    return around([&] { return real_.sales(after, until, limit); });
  }
  answer<persistence::billing_health> health() override {
    return around([&] { return real_.health(); });
  }
  answer<int> sweep(instant events_until, instant sales_until, int limit) override {
    return around([&] { return real_.sweep(events_until, sales_until, limit); });
  }

private:
  persistence::billing_store& real_;
  std::function<void()> maybe_crash_;
};

} // namespace easel::tests
