#pragma once

#include "actors/billing_door.hpp"
#include "hand_over.hpp"

namespace easel::tests {

/// Records what is asked of billing and leaves the answering to the test; deliveries are answered by itself, as by a
/// server that sells nothing, unless the test takes them.
class fake_billing_door final : public actors::billing_door {
public:
  template <class T>
  struct asked {
    actors::credential who;
    std::string text; ///< the item, the session, or where to return to
    actors::billing_reply<T> reply;
    actors::checkout_start start{};
  };
  struct delivered {
    std::string body;
    std::string signature;
    std::function<void(policies::stripe::delivery)> reply;
  };

  policies::billing_catalogue offers;
  hand_over<asked<std::string>> checkouts;
  hand_over<asked<std::string>> portals;
  hand_over<asked<actors::billing_view>> overviews;
  hand_over<asked<actors::purchase_view>> returns;
  hand_over<asked<void>> switches;
  hand_over<delivered> deliveries;
  bool hands_deliveries_over = false; ///< set before the first request

  [[nodiscard]] const policies::billing_catalogue& catalogue() const override { return offers; }
  void checkout(actors::credential who, actors::checkout_start what, actors::billing_reply<std::string> url) override {
    auto item = what.item;
    checkouts.put({std::move(who), std::move(item), std::move(url), std::move(what)});
  }
  void portal(actors::credential who, std::string return_url, std::string,
              actors::billing_reply<std::string> url) override {
    portals.put({std::move(who), std::move(return_url), std::move(url)});
  }
  void overview(actors::credential who, actors::billing_reply<actors::billing_view> done) override {
    overviews.put({std::move(who), "", std::move(done)});
  }
  void returned(actors::credential who, std::string session,
                actors::billing_reply<actors::purchase_view> done) override {
    returns.put({std::move(who), std::move(session), std::move(done)});
  }
  void switch_to_free(actors::credential who, actors::billing_reply<void> done) override {
    switches.put({std::move(who), "", std::move(done)});
  }
  void deliver(std::string body, std::string signature, std::function<void(policies::stripe::delivery)> done) override {
    if (!hands_deliveries_over)
      return done(policies::stripe::delivery::not_configured);
    deliveries.put({std::move(body), std::move(signature), std::move(done)});
  }
};

} // namespace easel::tests
