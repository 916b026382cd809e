#pragma once

#include "actors/billing_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// Stripe tells of what happened (billing-identity-edge, sections 1.1 and 1.6). Answered when the event is durable, and
/// before anything is done about it: 200 for what another try could not change, 400 for what Stripe did not sign lately
/// or what is no event, 503 when it should come again. The body is neither kept nor logged.
class stripe_webhook {
public:
  static constexpr std::size_t longest_delivery = 1u << 20; ///< bytes; the size of Stripe's events is not published

  explicit stripe_webhook(actors::billing_door& billing) : billing_(billing) {}

  void called(const exchange_ptr& asked) const;

private:
  actors::billing_door& billing_;
};

} // namespace easel::server
