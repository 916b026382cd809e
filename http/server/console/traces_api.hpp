#pragma once

#include "actors/console_door.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/exchange.hpp"

#include <optional>
#include <string_view>

/// Live traces under /api/traces: what is followed, by whom, and what was seen so far.
namespace easel::server {

/// Whoever may look may follow a generation, a type or an actor that is no session. Of an account, whose session that
/// is, a trace is a look at one person's doings: it takes an operator and a reason, and nobody but whoever began it
/// reads it.
class traces_api {
public:
  explicit traces_api(actors::console_door& door) : door_(door) {}

  void list(const exchange_ptr& asked, const actors::operator_caller& who) const;
  void begin(const exchange_ptr& asked, const actors::operator_caller& who) const;
  void read(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const; ///< ?after
  /// The same as it grows.
  void stream(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id,
              operator_guard::recheck recheck) const;
  void stop(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const;

private:
  struct wish {
    std::size_t after = 0; ///< messages that one has already
    actors::trace_reading reading;
  };
  /// Nothing: it was answered why not.
  [[nodiscard]] std::optional<wish> wish_of(exchange& asked, const actors::operator_caller& who,
                                            std::string_view id) const;

  actors::console_door& door_;
};

} // namespace easel::server
