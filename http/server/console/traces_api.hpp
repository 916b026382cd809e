#pragma once

#include "actors/console_door.hpp"
#include "http/server/exchange.hpp"

#include <string_view>

/// Live traces under /api/traces: what is followed, by whom, and what was seen so far.
namespace easel::server {

/// Whoever may look may follow a generation, a type or an actor that is no session. Of an account, whose session that
/// is, a trace is a look at one person's doings: it takes an operator and a reason, and nobody but whoever began it
/// reads it.
class traces_api {
public:
  explicit traces_api(actors::traces_door& door) : door_(door) {}

  void list(const exchange_ptr& asked, const actors::operator_caller& who) const;
  void begin(const exchange_ptr& asked, const actors::operator_caller& who) const;
  void read(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const; ///< ?after
  void stop(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const;

private:
  actors::traces_door& door_;
};

} // namespace easel::server
