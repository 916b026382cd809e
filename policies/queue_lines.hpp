#pragma once

#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

/// How fairly the accounts of one tier take turns at its queue, told from looks at what waits. No clock: whoever looks
/// says when.
namespace easel::policies {

/// What waits for one account at one moment.
struct waiting_line {
  account_id account;
  std::size_t images = 0;
  std::uint64_t turns = 0; ///< that it had since it began to wait
};

struct watched_line {
  waiting_line of;
  duration waits{0};      ///< since it began to wait, as far as looks tell
  duration since_turn{0}; ///< since its last turn; as long as it waits when it had none
};

struct watched_lines {
  std::size_t accounts = 0;       ///< that wait
  duration longest_since_turn{0}; ///< of any of them
  std::vector<watched_line> most; ///< those with the most images, at most `lines_told`
};
inline constexpr std::size_t lines_told = 10;

/// Remembers those alone that waited at its last look.
class line_watch {
public:
  /// `lines`: all that waits for the tier, an account once.
  [[nodiscard]] watched_lines look(std::span<const waiting_line> lines, moment now);

private:
  struct seen {
    moment since;
    moment turned;
    std::uint64_t turns = 0;
  };
  [[nodiscard]] seen look_at(const waiting_line& line, moment now) const;

  std::unordered_map<account_id, seen> seen_;
};

} // namespace easel::policies
