#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// GET /v1/account and /v1/account/credits.
class native_account {
public:
  explicit native_account(actors::front_door& front) : front_(front) {}

  void show(const exchange_ptr& asked) const;
  void credits(const exchange_ptr& asked) const;

private:
  actors::front_door& front_;
};

} // namespace easel::server
