#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace easel::actors {

inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warning", "error"};

/// One line of the process' log. Nothing personal is ever in it (CONTRIBUTING.md).
struct log_line {
  std::uint64_t number = 0; ///< counted from the beginning of the process, the first is 1
  instant at;               ///< by the node's clock
  std::string level;        ///< of `log_levels`
  std::string text;         ///< at most `log_ring::longest_line` bytes
};

struct log_question {
  std::string level = "debug"; ///< of `log_levels`; what is graver matches too
  std::string find;            ///< a part of the text, whatever the case of its ASCII letters; empty: any
  std::size_t most = 200;
};

struct log_page {
  std::vector<log_line> lines; ///< the newest that match, newest first
  std::uint64_t written = 0;   ///< since the beginning of the process
  std::size_t kept = 0;        ///< of those, here: older ones are in the log alone
};

/// The newest lines of the process' log, for the console. Any thread.
class log_ring {
public:
  static constexpr std::size_t most_lines = 2000;
  static constexpr std::size_t longest_line = 1000; ///< what is longer is cut

  void keep(instant at, std::string_view level, std::string_view text);
  [[nodiscard]] log_page find(const log_question& q) const;

private:
  mutable std::mutex guard_;
  std::deque<log_line> lines_; ///< oldest first
  std::uint64_t written_ = 0;
};

} // namespace easel::actors
