#pragma once

#include "persistence/store.hpp"
#include "policies/evidence.hpp"

#include <memory>

namespace easel::persistence {

/// Collects what shows whether the policy is kept. It can count and do nothing else: in PostgreSQL it reads as a role
/// that may select from counting views alone. One connection, used by one thread at a time; blocks.
class auditor {
public:
  virtual ~auditor() = default;

  /// True while this connection is the cluster's one auditor; takes the place if nobody has it.
  virtual answer<bool> lead() = 0;
  /// All of it at one moment, in one snapshot.
  virtual answer<policies::live_facts> collect() = 0;
};

} // namespace easel::persistence
