#pragma once

#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The border to the network: one request out, one response in, in pieces as they arrive.
namespace easel::client {

struct call_limits {
  duration connect = std::chrono::seconds(5);
  duration total = std::chrono::seconds(60);
  duration idle = std::chrono::seconds(60); ///< longest silence between two reads
  std::size_t max_body = 1u << 20;          ///< bytes; one more ends the call with `too_large`
  std::size_t max_headers = 64u << 10;
};

struct http_call {
  recipient to = recipient::openai_moderation; ///< the egress policy must know the host under this name (THIRD-4)
  std::string method = "POST";                 ///< GET, POST or DELETE
  std::string url;                             ///< empty: the call goes nowhere and ends as `not_sent`
  std::vector<std::pair<std::string, std::string>> headers; ///< may hold secrets: never logged
  std::string body;                                         ///< may hold a prompt: never logged
  call_limits limits;
  /// False when a second arrival of the same request would cost something: the transport then never sends the body
  /// twice, not even when a kept connection turns out to be dead.
  bool repeatable = true;
};

struct response_head {
  int status = 0;
  std::string content_type;            ///< lower case, without parameters
  std::optional<duration> retry_after; ///< Retry-After in seconds or as a date, at most an hour
  std::optional<std::uint64_t> content_length;
  std::optional<duration> max_age = std::nullopt; ///< how long the answer may be kept, see `parse_max_age`
};

/// How a call ended on the wire. Only `complete` says that the whole response was seen.
enum class wire_end {
  complete,
  not_sent,  ///< nothing of the request left: DNS, connect, TLS, or the egress policy said no
  reset,     ///< closed or failed after bytes were sent
  timed_out, ///< a limit of the call passed after it was sent
  too_large,
  stopped,   ///< the sink wanted no more
  shut_down, ///< the transport is ending
};

/// Receives one response. Called on the transport's thread, in order, never concurrently; must not block.
class response_sink {
public:
  virtual ~response_sink() = default;
  /// False ends the call as `stopped`.
  virtual bool on_head(const response_head& head) = 0;
  virtual bool on_data(std::string_view piece) = 0;
  /// Exactly once, last.
  virtual void on_end(wire_end end) = 0;
};

class transport {
public:
  virtual ~transport() = default;
  /// Any thread. The sink always gets its `on_end`, also when the transport is shut down.
  virtual void start(http_call call, std::unique_ptr<response_sink> sink) = 0;
};

} // namespace easel::client
