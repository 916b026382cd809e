#pragma once

#include "policies/vocabulary/ids.hpp"

#include <functional>
#include <unordered_set>
#include <vector>

namespace easel::policies {

/// Finds the rows that a node owns and on which nobody works: its admission or takeover was applied and the answer
/// lost, or whoever admitted it died. One that was missed once may be on its way, or may just have ended: what counts
/// is missed by two inventories in a row.
class unattended_rows {
public:
  /// All that is owned now. Returns what is to be recovered, in the order of `owned`. What is still missed by the next
  /// inventory is returned again: the attempt to recover it has failed.
  [[nodiscard]] std::vector<generation_id> look(const std::vector<generation_id>& owned,
                                                const std::function<bool(generation_id)>& is_attended);

private:
  std::unordered_set<generation_id> missed_;
};

} // namespace easel::policies
