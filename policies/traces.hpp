#pragma once

#include "policies/generation_request.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// What an operator may follow message by message, within which bounds, and why that ends. Pure.
namespace easel::policies {

/// What the whole process may spend on traces.
struct trace_limits {
  int running = 4;                         ///< at a time; 0: none may be begun
  int events = 2000;                       ///< the most that one trace may record
  duration span = std::chrono::minutes(5); ///< the longest that one may run
};

/// What an operator asks for; what is absent is as `usual_trace`, or the limit if that is less.
struct trace_wish {
  std::optional<int> events;
  std::optional<duration> span;
};
struct trace_bounds {
  int events = 500;
  duration span = std::chrono::seconds(30);
};
inline constexpr trace_bounds usual_trace{};
inline constexpr duration shortest_trace = std::chrono::seconds(1);

/// The bounds of one trace, or which field is beyond the limits.
[[nodiscard]] expected<trace_bounds, field_error> bound_trace(const trace_wish& wish, const trace_limits& limits);

enum class trace_by : std::uint8_t { generation, account, type, actor };
inline constexpr std::array all_trace_subjects{trace_by::generation, trace_by::account, trace_by::type,
                                               trace_by::actor};
[[nodiscard]] std::string_view to_string(trace_by by);

enum class trace_end : std::uint8_t {
  none,            ///< it runs
  count,           ///< it has recorded as many messages as it may
  time,            ///< its time is over
  stopped,         ///< by an operator
  subject_ended,   ///< the actor, or the generation's work on this node, is over
  account_deleted, ///< what it had recorded is gone too
};
[[nodiscard]] std::string_view to_string(trace_end why);

/// What is followed. `type` must outlive it.
struct trace_subject {
  trace_by by = trace_by::type;
  uuid id;                 ///< of the generation or the account
  std::uint64_t actor = 0; ///< its number
  std::string_view type;   ///< of actors
};

/// An actor as a trace looks at it.
struct traced_actor {
  std::uint64_t number = 0;
  std::string_view type;
  uuid subject; ///< what it is there for: a generation, or a session's account
  uuid owner;   ///< whose work it does, if that is another id
};

/// Whether the actor is the subject, or one of its actors.
[[nodiscard]] bool is_followed(const trace_subject& by, const traced_actor& who);

/// Whether the actor does one person's work for as long as it lives: who follows it, follows a person.
[[nodiscard]] bool serves_one_person(const traced_actor& who);

/// Whether the end of this actor is the end of what is followed. `failed`: a supervisor starts it again, elsewhere in
/// memory, but for an actor that is followed by its own number.
[[nodiscard]] bool ends_with(const trace_subject& by, const traced_actor& who, bool failed);

/// Whether messages that the subject's actors send to others are part of its story. Of a whole type they are not: the
/// receivers' types can be followed themselves.
[[nodiscard]] constexpr bool follows_what_is_sent(trace_by by) { return by != trace_by::type; }

} // namespace easel::policies
