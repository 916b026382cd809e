#pragma once

#include "actors/billing_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <string>

namespace easel::server {

/// /v1/billing and the pages of it. All of it is the signed-in person's: an API key buys nothing.
class billing_routes {
public:
  billing_routes(actors::billing_door& billing, const api_settings& settings)
      : billing_(billing), public_url_(settings.public_url) {}

  void show(const exchange_ptr& asked) const;
  void checkout(const exchange_ptr& asked) const; ///< answers with where to send the browser
  void portal(const exchange_ptr& asked) const;   ///< likewise

  /// Where Stripe sends the browser after it was paid, with `?session=`: fulfils as the webhook does and says what came
  /// of it. Another's session is not found.
  void show_return(const exchange_ptr& asked) const;

private:
  actors::billing_door& billing_;
  std::string public_url_;
};

} // namespace easel::server
