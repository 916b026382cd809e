#pragma once

#include "persistence/operators.hpp"
#include "tools/easelctl/command_line.hpp"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace easel::easelctl {

struct operator_office {
  persistence::operator_store& store;
  std::string actor; ///< for the audit table: who typed it
  std::function<std::optional<secret_text>()> password;
  bool json = false;
};

/// Prints to `out` what was asked for, to `err` why not; returns the exit code: 0 done, 1 not done.
[[nodiscard]] int run_operators(const operator_command& what, const operator_office& at, std::ostream& out,
                                std::ostream& err);

} // namespace easel::easelctl
