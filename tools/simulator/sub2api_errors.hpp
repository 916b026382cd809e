#pragma once

#include "tools/simulator/answer.hpp"

#include <string>

/// sub2api's error bodies: three shapes that have nothing in common.
namespace easel::simulator {

/// Key and account checks: {"code","message"}.
[[nodiscard]] std::string middleware_error(const std::string& code);
/// Everything behind them: {"error":{"type","message"[,"code"]}}.
[[nodiscard]] std::string gateway_error(const std::string& type, const std::string& message,
                                        const std::string& code = {});

struct sub2api_error {
  int status = 500;
  std::string body;
};

/// The body that belongs to a status or refuse fault.
[[nodiscard]] sub2api_error error_for(const fault&);

} // namespace easel::simulator
