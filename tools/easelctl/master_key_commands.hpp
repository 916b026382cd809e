#pragma once

#include "persistence/key_rotation.hpp"
#include "persistence/retention.hpp"
#include "tools/easelctl/command_line.hpp"

#include <iosfwd>
#include <string>

namespace easel::easelctl {

struct master_key_desk {
  persistence::key_rotation& rotation;
  persistence::retention& retention; ///< says what the disk still holds
  policies::master_key_names configured;
  std::string actor; ///< for the audit table: who typed it
  bool json = false;
};

/// Prints to `out` what was asked for, to `err` why not; returns the exit code: 0 done, 1 not done.
[[nodiscard]] int run_master_keys(const master_key_command& what, const master_key_desk& at, std::ostream& out,
                                  std::ostream& err);

} // namespace easel::easelctl
