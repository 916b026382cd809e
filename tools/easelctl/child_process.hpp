#pragma once

#include "policies/vocabulary/time.hpp"

#include <string>
#include <utility>
#include <vector>

namespace easel::easelctl {

/// A program that is run to its end. It gets PATH, HOME and what libpq reads of this process's environment, and
/// `environment` over that; no input, no terminal and no other file that this process has open.
struct child_program {
  std::vector<std::string> words; ///< the first is the program, looked for on the PATH unless it has a slash
  std::vector<std::pair<std::string, std::string>> environment;
  duration limit{}; ///< then it is asked to end, with all that it started, and ten seconds later ended
};

struct child_end {
  bool started = false;
  bool in_time = true;
  int code = -1;      ///< -1: ended by a signal
  std::string output; ///< the first MiB of it
  std::string errors; ///< the first 64 KiB
  [[nodiscard]] bool is_good() const { return started && in_time && code == 0; }
};

/// Blocks. The program ends with this process, however that ends, and what it started ends with it; what it writes is
/// for its owner alone.
[[nodiscard]] child_end run_child(const child_program& what);

} // namespace easel::easelctl
