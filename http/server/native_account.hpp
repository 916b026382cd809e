#pragma once

#include "actors/billing_door.hpp"
#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// /v1/account, /v1/account/credits and /v1/account/tier.
class native_account {
public:
  native_account(actors::front_door& front, actors::billing_door& billing) : front_(front), billing_(billing) {}

  void show(const exchange_ptr& asked) const;
  void change(const exchange_ptr& asked) const;
  void credits(const exchange_ptr& asked) const;
  void switch_tier(const exchange_ptr& asked) const;

private:
  void leave_paid_tier(const exchange_ptr& asked) const;

  actors::front_door& front_;
  actors::billing_door& billing_;
};

} // namespace easel::server
