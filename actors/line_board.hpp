#pragma once

#include "policies/queue_lines.hpp"
#include "policies/vocabulary/names.hpp"

#include <array>
#include <mutex>

namespace easel::actors {

/// The lines of accounts at the tiers' queues as the router saw them last. Accounts stand in it as long as they wait:
/// whoever shows it must not show them. Any thread.
class line_board {
public:
  void put(tier of, policies::watched_lines lines) {
    const std::lock_guard lock(guard_);
    lines_[static_cast<std::size_t>(of)] = std::move(lines);
  }
  /// Nobody looks after the queues any more.
  void clear() {
    const std::lock_guard lock(guard_);
    lines_ = {};
  }
  [[nodiscard]] policies::watched_lines read(tier of) const {
    const std::lock_guard lock(guard_);
    return lines_[static_cast<std::size_t>(of)];
  }

private:
  mutable std::mutex guard_;
  std::array<policies::watched_lines, all_tiers.size()> lines_;
};

} // namespace easel::actors
