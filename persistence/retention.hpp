#pragma once

#include "persistence/store.hpp"
#include "policies/key_wipe.hpp"
#include "policies/retention_clock.hpp"
#include "policies/retention_rules.hpp"
#include "policies/retention_schedule.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace easel::persistence {

/// What is remembered of the database's clock, and whether the reaper has stopped for it.
struct clock_record {
  std::optional<policies::clock_mark> last;
  std::optional<instant> halted_at; ///< none: the clock is believed
  policies::clock_fault why = policies::clock_fault::none;
};

/// One round of the reaper, for the record.
struct retention_run {
  instant cut; ///< what had expired by then was due
  instant ended_at;
  duration took{};
  std::int64_t rows = 0;
  std::int32_t partitions = 0; ///< dropped
  std::map<std::string, std::int64_t> by_table;
};

/// The end of what has expired (RET-1, TECH-1): one connection to the durable state, used by one thread at a time;
/// blocks. Every operation may be cut off at any moment and done again: what is due is found anew each time.
class retention {
public:
  virtual ~retention() = default;

  /// True while this connection is the cluster's one reaper; takes the place if nobody has it.
  virtual answer<bool> lead() = 0;

  virtual answer<instant> now() = 0; ///< the database's clock
  virtual answer<clock_record> find_clock() = 0;
  virtual answer<bool> keep_clock(const policies::clock_mark&) = 0;
  /// Lasts until `confirm_clock`.
  virtual answer<bool> halt(policies::clock_fault why) = 0;
  /// An operator vouches for the database's clock as it is now. Audited. False when the reaper had not stopped.
  virtual answer<bool> confirm_clock(std::string actor, std::string reason) = 0;

  /// Deletes at most `limit` rows whose time had come at `cut`, from every relation of the rule's table, attached,
  /// pending or detached; returns how many, and fewer than `limit` only when nothing is left that nobody holds: locked
  /// rows are for the next time.
  virtual answer<int> reap(const policies::reaping_rule& rule, instant cut, int limit) = 0;

  virtual answer<std::vector<policies::day_partition>> partitions() = 0;
  /// True when the step is done; `unavailable` (55P03) when somebody used the partition for longer than the lock wait:
  /// nobody else waited meanwhile. A partition is dropped only if it is detached and holds no live row.
  virtual answer<bool> take(const policies::planned_step& step) = 0;

  virtual answer<policies::key_remains> find_key_remains() = 0;
  /// Takes the step, each of its statements within `limit`; false when it is not done yet: something keeps old rows or
  /// files of the log. `unavailable` (55P03) when somebody used the table of keys for longer than the lock wait.
  virtual answer<bool> wipe_keys(policies::wipe_step step, duration limit) = 0;
  virtual answer<std::optional<policies::key_wipe>> last_key_wipe() = 0;

  virtual answer<bool> record(const retention_run&) = 0;
  virtual answer<std::optional<retention_run>> last_run() = 0;
};

} // namespace easel::persistence
