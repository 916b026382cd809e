#pragma once

#include "actors/panels_door.hpp"
#include "policies/traces.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an operator may follow message by message: types, times and numbers of actors; no content, no account. No CAF
/// in sight.
namespace easel::actors {

struct trace_request {
  policies::trace_by by = policies::trace_by::type;
  uuid id;                 ///< of the generation or the account
  std::uint64_t actor = 0; ///< its number
  std::string type;        ///< of actors
  policies::trace_bounds bounds;
  std::string by_whom; ///< as the audit calls the operator
};

struct trace_wanted {
  trace_request trace;
  std::string reason; ///< 1 to 200 bytes when it is about an account: it is recorded
};

enum class trace_refusal : std::uint8_t {
  no_target,  ///< no such actor, type or generation on this node, or no such account
  full,       ///< as many run as may
  one_person, ///< the actor is an account's own, and an account is followed as such, with a reason
};

struct trace_summary {
  std::uint64_t id = 0; ///< within this process
  policies::trace_by by = policies::trace_by::type;
  std::optional<generation_id> generation;
  std::uint64_t actor = 0;
  std::string_view type; ///< of actors; the account is told to nobody
  std::string by_whom;
  instant started;
  policies::trace_bounds bounds;
  duration left{0}; ///< until it ends by itself; zero: it has ended
  policies::trace_end ended = policies::trace_end::none;
  std::size_t recorded = 0;
  std::uint64_t dropped = 0; ///< messages that came in the very moment when another one was written, or all were read
};
using trace_started = expected<trace_summary, trace_refusal>;

/// One message that was handled.
struct traced_view {
  std::size_t number = 0;            ///< within its trace, from 1
  instant at;                        ///< when its handler began
  std::chrono::nanoseconds after{0}; ///< since the trace began
  std::uint64_t actor = 0;           ///< that handled it
  std::string_view kind;
  std::string_view state;                         ///< of that actor afterwards, in words
  std::string message;                            ///< its type
  std::uint64_t sender = 0;                       ///< 0: no actor
  std::string_view sender_kind;                   ///< empty: no actor of the house, or one that has ended
  std::optional<std::chrono::nanoseconds> waited; ///< in the mailbox; nothing: it came before the trace did
  std::chrono::nanoseconds took{0};               ///< its handler
  bool failed = false;                            ///< its handler threw
  std::optional<generation_id> generation;        ///< that the receiver or the sender works on
};

struct trace_reading {
  trace_summary of;
  std::vector<traced_view> events; ///< in the order in which their handlers returned
};
inline constexpr std::size_t most_traced_at_once = 500;

/// Any thread may call; nothing blocks for longer than a walk over the live actors.
class traces_door {
public:
  virtual ~traces_door() = default;

  [[nodiscard]] virtual const policies::trace_limits& limits() const = 0;
  /// Newest first: those that run, and those that ended lately.
  [[nodiscard]] virtual std::vector<trace_summary> all() const = 0;
  /// Of an account: its row in the audit is written first.
  virtual void begin(trace_wanted what, console_reply<trace_started> done) = 0;
  /// What was recorded after the first `after`, at most `most_traced_at_once`; nothing when there is no such trace.
  [[nodiscard]] virtual std::optional<trace_reading> read(std::uint64_t id, std::size_t after) const = 0;
  /// One that has ended stays as it ended.
  virtual std::optional<trace_summary> stop(std::uint64_t id) = 0;
};

} // namespace easel::actors
