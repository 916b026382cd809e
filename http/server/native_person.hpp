#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// A person's own API keys and sign-in sessions: /v1/account/keys and /v1/account/sessions.
class native_person {
public:
  explicit native_person(actors::front_door& front) : front_(front) {}

  void list_keys(const exchange_ptr& asked) const;
  void make_key(const exchange_ptr& asked) const;
  void revoke_key(const exchange_ptr& asked, std::string_view id) const;
  void list_sessions(const exchange_ptr& asked) const;
  void end_session(const exchange_ptr& asked, std::string_view id) const;
  void end_sessions(const exchange_ptr& asked) const; ///< `?keep=current`: all but the one that asks

private:
  actors::front_door& front_;
};

} // namespace easel::server
