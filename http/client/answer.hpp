#pragma once

#include "http/client/transport.hpp"
#include "policies/upstream_failure.hpp"

#include <string>

namespace easel::client {

/// A whole answer that is small enough to be held, for the formats that are decoded at once.
struct answer {
  int status = 0;
  std::optional<duration> retry_after;
  std::string body;
  std::optional<duration> max_age = std::nullopt; ///< how long it may be kept, as `response_head` has it
};

/// What an end on the wire means when it brought no answer. `complete` is none of them.
[[nodiscard]] policies::upstream_failure wire_failure(wire_end end);

/// What an HTTP status alone means, where the body says nothing better (upstreams, section 5.2).
[[nodiscard]] policies::upstream_failure status_failure(int status, std::optional<duration> retry_after);

/// "http_502": bounded, because a status has three digits.
[[nodiscard]] std::string status_code_name(int status);

} // namespace easel::client
