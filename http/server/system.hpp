#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

namespace easel::server {

class system_probes {
public:
  explicit system_probes(actors::front_door& front) : front_(front) {}

  void healthy(const exchange_ptr& asked) const; ///< the process answers
  void ready(const exchange_ptr& asked) const;   ///< it may be sent work: else 503
  void openapi(const exchange_ptr& asked) const;

private:
  actors::front_door& front_;
};

/// docs/openapi.json as it was when the server was built.
[[nodiscard]] std::string_view openapi_document();

} // namespace easel::server
