#pragma once

#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace easel::persistence {

/// Whose look-ups are not true any more: a key or a session that has ended or changed its token, or an account whose
/// tier, state, restriction or content key has changed.
using revocation = std::variant<account_id, key_id, session_id>;

/// Hears what ends, whoever ended it: any store, `easelctl`, or a hand in the database. Used by one thread at a time.
class revocation_source {
public:
  virtual ~revocation_source() = default;

  /// From its return on, what is committed will be heard. Blocks for at most the time to connect. False: the database
  /// cannot be reached. Called again, it begins anew.
  virtual bool listen() = 0;

  /// Waits until something ended or `limit` is over, and returns all that was heard; the same thing may be told more
  /// than once. Nothing: the connection was lost, or said what cannot be read, and something may have been missed.
  virtual std::optional<std::vector<revocation>> hear(duration limit) = 0;
};

} // namespace easel::persistence
