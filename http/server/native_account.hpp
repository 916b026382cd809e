#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// /v1/account, /v1/account/credits and /v1/account/tier.
class native_account {
public:
  explicit native_account(actors::front_door& front) : front_(front) {}

  void show(const exchange_ptr& asked) const;
  void change(const exchange_ptr& asked) const;
  void credits(const exchange_ptr& asked) const;
  void switch_tier(const exchange_ptr& asked) const;

private:
  actors::front_door& front_;
};

} // namespace easel::server
