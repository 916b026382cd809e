#pragma once

#include "policies/retention_schedule.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// When the bytes of a destroyed content key leave the files of the database's cluster (RIGHT-3). A deleted row stays
/// readable in its table's file until that is written anew, and in the write-ahead log until its segments are gone.
namespace easel::policies {

/// The promise. A key that was destroyed is unreadable through the service at once; this is for the disk.
inline constexpr duration longest_key_remains = std::chrono::hours(24);

/// Of destroyed keys, and of those that a rotation of the master key replaced, as the database knows them. Instants are
/// when the oldest of each kind was destroyed; nothing: there is none.
struct key_remains {
  instant now; ///< the database's clock
  std::int64_t keys = 0;
  std::optional<instant> oldest; ///< of all that may still stand in some file
  std::optional<instant>
    oldest_in_table;                    ///< of those that no transaction sees any more, and that the table still holds
  bool replaced = false;                ///< there are such by a rotation
  std::optional<instant> oldest_in_log; ///< of those that the table holds no more, and the log may
  std::vector<std::string> missing;     ///< what the database does not let us do: words for `explain_missing`
};

/// The latest time that destroyed keys were known to be gone.
struct key_wipe {
  instant at;
  std::int64_t keys = 0;
  instant oldest; ///< when the oldest of them was destroyed
};

enum class wipe_step {
  none,
  rewrite_tables, ///< under a lock that nobody else may read beside; so several erasures share one
  recycle_log,
};

/// The step that is due. A rotation is not made to wait: whoever rotates may do it because a key was lost. `last_vain`
/// is when a step was last tried in vain.
[[nodiscard]] wipe_step next_wipe_step(const key_remains& found, const retention_pace& pace,
                                       std::optional<instant> last_vain = {});

/// A sentence that says what to change; for a word that it does not know, that word.
[[nodiscard]] std::string explain_missing(std::string_view word);

} // namespace easel::policies
