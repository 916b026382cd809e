#pragma once

#include "persistence/privacy_requests.hpp"
#include "persistence/rights.hpp"
#include "tools/easelctl/command_line.hpp"

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace easel::easelctl {

struct request_desk {
  persistence::privacy_requests& requests;
  std::function<std::unique_ptr<persistence::rights>()> open_rights; ///< for what is fulfilled
  std::string actor;                                                 ///< for the audit table: who typed it
  bool json = false;
};

/// Prints to `out` what was asked for, to `err` why not; returns the exit code: 0 done, 1 not done.
[[nodiscard]] int run_requests(const request_command& what, const request_desk& at, std::ostream& out,
                               std::ostream& err);

} // namespace easel::easelctl
