#pragma once

#include "tools/easelctl/command_line.hpp"
#include "tools/easelctl/operator_client.hpp"

#include <functional>
#include <iosfwd>

namespace easel::easelctl {

struct trace_options {
  bool json = false;           ///< a document on each line: the messages, and at last the trace itself
  std::function<bool()> pause; ///< between two looks; false: whoever sits there wants no more
};

/// Begins a trace and prints its messages as they come, until it ends or is interrupted, which stops it. What is no
/// message goes to `err`. The exit code: 0 it ended, whatever ended it; 1 it could not begin, or was lost.
[[nodiscard]] int follow_trace(const trace& what, const operator_client& client, const trace_options& how,
                               std::ostream& out, std::ostream& err);

} // namespace easel::easelctl
