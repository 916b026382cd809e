#pragma once

#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/key_rotation.hpp"

#include <memory>
#include <optional>
#include <string>

/// One master key takes the place of another (docs/decisions/0024-keys-that-end.md). A connection of its own, used by
/// one thread; blocks. Every call may be cut off at any moment, and the whole begun again: what is left to do is in the
/// rows.
namespace easel::persistence {

struct rewrapped_batch {
  int rewrapped = 0;
  int unopened = 0; ///< no master key at hand opens them: left as they are
  account_id last;  ///< where the next batch begins
  bool any_left = false;
};

class key_rotation {
public:
  virtual ~key_rotation() = default;

  virtual answer<policies::master_key_state> state() = 0;
  /// From its commit on the ring's own master key wraps new content keys, and the keys that outlive a master key are
  /// sealed by it. Audited. False: it is in force already, or a node is alive that has it not, and `state` says which.
  virtual answer<bool> begin(const std::string& actor) = 0;
  /// Wraps at most `limit` content keys anew that another master key wraps, of accounts after `after`, in one
  /// transaction.
  virtual answer<rewrapped_batch> rewrap(account_id after, int limit) = 0;
  /// Notes in the audit, once, that no content key is wrapped by another one.
  virtual answer<bool> conclude(const std::string& actor) = 0;
};

/// `keys` are those that take over: their own master key is the new one. `clock_shift` in development and tests only.
[[nodiscard]] std::unique_ptr<key_rotation>
make_key_rotation(const store_settings& settings, std::shared_ptr<const keyring> keys, duration clock_shift = {});

} // namespace easel::persistence
