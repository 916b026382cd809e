#pragma once

#include "persistence/store.hpp"
#include "policies/evidence.hpp"

#include <memory>

namespace easel::persistence {

/// Collects what shows whether the policy is kept. What it collects it can count and do nothing else to: in PostgreSQL
/// it reads as a role that may select from counting views alone. One connection, used by one thread at a time; blocks.
class auditor {
public:
  virtual ~auditor() = default;

  /// True while this connection is the cluster's one auditor; takes the place if nobody has it.
  virtual answer<bool> lead() = 0;
  /// Keeps what this process has seen of itself, in place of what it said before; `at` is the database's. For whoever
  /// audits, on whichever node.
  virtual answer<bool> tell(const policies::node_report& report) = 0;
  /// All that is counted at one moment, in one snapshot. Before it, what people may demand of their data is tried for
  /// an account that does not exist, with the statements of the real thing, and what serves content is asked for
  /// something that has expired. After it, which records of payments were the oldest is kept for the next audit.
  virtual answer<policies::live_facts> collect() = 0;
};

} // namespace easel::persistence
