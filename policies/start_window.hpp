#pragma once

#include "policies/vocabulary/time.hpp"

#include <deque>

namespace easel::policies {

/// At most `starts` starts in any span of `per`: kie.ai takes 20 new generations per 10 s and answers 429 to more
/// (upstreams, section 4.1). A sliding log, so that no boundary lets two windows' worth through.
class start_window {
public:
  /// `starts` = 0 means no limit.
  start_window(int starts, duration per) : starts_(starts), per_(per) {}

  [[nodiscard]] bool admits(moment now) const;
  /// The first moment at which `admits` holds again; `now` when it holds already.
  [[nodiscard]] moment next(moment now) const;
  void started(moment now);
  /// Starts of the last `per`: 0 without a limit.
  [[nodiscard]] int used(moment now) const;

private:
  int starts_;
  duration per_;
  std::deque<moment> log_; ///< at most `starts_` entries, oldest first
};

} // namespace easel::policies
