#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// /v1/account/notices: changes of the documents that the person has not acknowledged yet (CHANGE-1).
class native_notices {
public:
  explicit native_notices(actors::front_door& front) : front_(front) {}

  void list(const exchange_ptr& asked) const;
  void acknowledge(const exchange_ptr& asked) const; ///< `{"document":"privacy","version":"2026-11-26"}`

private:
  actors::front_door& front_;
};

} // namespace easel::server
