#pragma once

#include "actors/sign_in_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

namespace easel::server {

/// The pages and forms of signing in and out (ACCOUNT-1). What does not work leads back to GET /sign-in, which says
/// why and offers to begin again: so no code and no state of Google's stays in an address bar.
class sign_in_routes {
public:
  sign_in_routes(actors::sign_in_door& door, api_settings settings) : door_(door), settings_(std::move(settings)) {}

  void show(const exchange_ptr& asked) const;         ///< GET /sign-in
  void begin(const exchange_ptr& asked) const;        ///< POST /sign-in
  void callback(const exchange_ptr& asked) const;     ///< GET /sign-in/callback
  void show_confirm(const exchange_ptr& asked) const; ///< GET /sign-in/confirm
  void confirm(const exchange_ptr& asked) const;      ///< POST /sign-in/confirm
  void decline(const exchange_ptr& asked) const;      ///< POST /sign-in/decline
  void sign_out(const exchange_ptr& asked) const;     ///< POST /sign-out

private:
  void ask_to_confirm(const exchange_ptr& asked, std::optional<secret_text> cookie, bool missing) const;

  actors::sign_in_door& door_;
  api_settings settings_;
};

} // namespace easel::server
