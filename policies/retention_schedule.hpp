#pragma once

#include "policies/retention.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// When the reaper works, how much at a time, and what becomes of a day's partition.
namespace easel::policies {

struct retention_pace {
  duration every = std::chrono::minutes(1);           ///< from the start of one round to the next
  duration batch_time = std::chrono::milliseconds(4); ///< what one batch of deletions should take
  duration gentle_for = std::chrono::seconds(90);     ///< a round that is older hurries
  duration lock_wait = std::chrono::seconds(1);       ///< for a partition that somebody uses; then it is tried again
  int least_batch = 10;                               ///< rows
  int most_batch = 5000;
  duration rewrite_after = std::chrono::hours(6);   ///< after an account's key was destroyed (policies/key_wipe.hpp)
  duration rewrite_limit = std::chrono::minutes(1); ///< for each statement of that
  duration rewrite_retry = std::chrono::minutes(5); ///< between two that were in vain
};

// Deletions keep a processor busy and fill the log that other commits wait for. So a young round works in short batches
// and a tenth of the time; one that is older than `gentle_for` has much to catch up with, and hurries: batches that
// take five times as long, and half of the time.

/// Rows of the next batch: half as many after one that took too long, twice as many after one that was quick.
[[nodiscard]] int next_batch(int rows, duration took, duration since_start, const retention_pace& pace);

/// Between two batches, at most a second.
[[nodiscard]] duration rest_after(duration took, duration since_start, const retention_pace& pace);

/// Until the next round, of which one started that long ago.
[[nodiscard]] duration until_next_round(duration since_start, const retention_pace& pace);

// ---------------------------------------------------------------- partitions

enum class partition_state {
  attached,
  pending, ///< a detach was interrupted: hidden from its parent, and no other can be detached before it is finished
  detached,
};

/// One day of one table, as the catalogue knows it.
struct day_partition {
  std::string name;
  std::string table; ///< its parent, or former parent
  day of;
  partition_state is = partition_state::attached;
  bool has_live_rows = false; ///< of those that have not expired
  bool is_awaited = false;    ///< a generation of that day is still in work, and will be written into it
};

/// What to do with a partition next.
enum class partition_step { finalize, detach, drop };

struct planned_step {
  partition_step what = partition_step::finalize;
  std::string name;
  std::string table;

  friend bool operator==(const planned_step&, const planned_step&) = default;
};

/// Nothing is written to that day any more, and all that ever was has had its time. `ensure_partitions` makes days from
/// yesterday on: these are never over.
[[nodiscard]] bool is_over(day of, instant now, duration window);

/// The steps that are due, in the order in which they have to be tried: pending detaches first; then what is detached
/// already; then what is over and has no live row, generations before their images and disclosures. Of the last kind a
/// day waits until its generations are gone.
[[nodiscard]] std::vector<planned_step> plan_partitions(const std::vector<day_partition>& all, instant now,
                                                        const retention_windows& lengths);

} // namespace easel::policies
