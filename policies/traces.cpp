#include "policies/traces.hpp"

#include <algorithm>
#include <string>

namespace easel::policies {

namespace {

std::int64_t seconds_of(duration span) { return std::chrono::duration_cast<std::chrono::seconds>(span).count(); }

} // namespace

expected<trace_bounds, field_error> bound_trace(const trace_wish& wish, const trace_limits& limits) {
  const trace_bounds out{wish.events.value_or(std::min(usual_trace.events, limits.events)),
                         wish.span.value_or(std::min(usual_trace.span, limits.span))};
  if (out.events < 1 || out.events > limits.events)
    return unexpected(
      field_error{"events", "invalid_value", "must be from 1 to " + std::to_string(limits.events) + "."});
  if (out.span < shortest_trace || out.span > limits.span)
    return unexpected(field_error{"seconds", "invalid_value",
                                  "must be from " + std::to_string(seconds_of(shortest_trace)) + " to "
                                    + std::to_string(seconds_of(limits.span)) + "."});
  return out;
}

std::string_view to_string(trace_by by) {
  constexpr std::array<std::string_view, all_trace_subjects.size()> names{"generation", "account", "type", "actor"};
  return names[static_cast<std::size_t>(by)];
}

std::string_view to_string(trace_end why) {
  switch (why) {
  case trace_end::none:
    return "running";
  case trace_end::count:
    return "count";
  case trace_end::time:
    return "time";
  case trace_end::stopped:
    return "stopped";
  case trace_end::subject_ended:
    return "subject_ended";
  case trace_end::account_deleted:
    return "account_deleted";
  }
  return "unknown";
}

bool is_followed(const trace_subject& by, const traced_actor& who) {
  switch (by.by) {
  case trace_by::generation:
    return who.type == "generation" && who.subject == by.id;
  case trace_by::account:
    // An actor that does nobody's work has the id of nobody.
    return by.id != uuid{} && (who.owner == by.id || (who.type == "session" && who.subject == by.id));
  case trace_by::type:
    return who.type == by.type;
  case trace_by::actor:
    return who.number == by.actor;
  }
  return false;
}

bool serves_one_person(const traced_actor& who) { return who.type == "session"; }

bool ends_with(const trace_subject& by, const traced_actor& who, bool failed) {
  if (by.by == trace_by::actor)
    return is_followed(by, who);
  return by.by == trace_by::generation && !failed && is_followed(by, who);
}

} // namespace easel::policies
