#pragma once

#include "tools/easelctl/command_line.hpp"
#include "tools/easelctl/operator_client.hpp"

#include <chrono>
#include <functional>
#include <iosfwd>

namespace easel::easelctl {

struct act_options {
  bool json = false;               ///< the server's last document, on one line
  std::function<bool()> confirmed; ///< asks whoever sits there, once they have read the preview
  /// Shows a prompt for so long and leaves nothing of it behind; empty: it is printed, for a program that reads it.
  std::function<void(const std::string& prompt, std::chrono::milliseconds span)> reveal;
};

/// Prints what the action would touch and, with a reason and a yes, has it done; the exit code: 0 previewed or done, 1
/// refused or not done.
[[nodiscard]] int carry_out(const act& what, const operator_client& client, const act_options& how, std::ostream& out,
                            std::ostream& err);

} // namespace easel::easelctl
