#pragma once

#include "actors/console_door.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <string_view>

/// The operator's API under /api: what there is to see, never what was asked for or by whom. Described in
/// docs/openapi-operator.json.
namespace easel::server {

class console_api {
public:
  explicit console_api(actors::console_door& door) : door_(door) {}

  void overview(const exchange_ptr& asked) const;
  void lints(const exchange_ptr& asked) const;
  void history(const exchange_ptr& asked) const; ///< ?span=15m|24h, or ?at=
  void actors(const exchange_ptr& asked) const;  ///< ?view=list|tree, type, parent, about, sort, limit, offset
  void actor(const exchange_ptr& asked, std::string_view id) const;
  void graveyard(const exchange_ptr& asked) const; ///< ?type
  void log(const exchange_ptr& asked) const;       ///< ?level, find, limit
  void upstreams(const exchange_ptr& asked) const;
  void queues(const exchange_ptr& asked) const;
  void generations(const exchange_ptr& asked) const; ///< ?state=in_work|ended, limit
  void generation(const exchange_ptr& asked, std::string_view id) const;
  /// Server-sent events: one each second, of what has changed since the one before, while `recheck` knows the caller.
  void stream(const exchange_ptr& asked, operator_guard::recheck recheck) const;

private:
  actors::console_door& door_;
};

} // namespace easel::server
