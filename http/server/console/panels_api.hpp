#pragma once

#include "actors/console_door.hpp"
#include "http/server/exchange.hpp"

/// The panels under /api. Made when somebody asks, from what was read lately.
namespace easel::server {

class panels_api {
public:
  explicit panels_api(actors::console_door& door) : door_(door) {}

  void ledger(const exchange_ptr& asked) const;
  void billing(const exchange_ptr& asked) const;
  void privacy(const exchange_ptr& asked) const;
  void cluster(const exchange_ptr& asked) const;
  void sessions(const exchange_ptr& asked) const; ///< ?sort, limit
  void configuration(const exchange_ptr& asked) const;

private:
  actors::console_door& door_;
};

} // namespace easel::server
