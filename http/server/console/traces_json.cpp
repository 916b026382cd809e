#include "http/server/console/traces_json.hpp"

#include "http/server/json_values.hpp"
#include "http/server/views.hpp"

namespace easel::server {

namespace {

using nlohmann::json;
using policies::trace_by;

json subject_of(const actors::trace_summary& of) {
  json out = {{"by", to_string(of.by)}};
  if (of.generation)
    out["generation"] = to_string(*of.generation);
  if (of.by == trace_by::type)
    out["type"] = of.type;
  if (of.by == trace_by::actor)
    out["actor"] = of.actor;
  return out;
}

json view_of_step(const actors::traced_view& e) {
  json from = nullptr;
  if (e.sender != 0)
    from = {{"id", e.sender}, {"type", e.sender_kind.empty() ? json(nullptr) : json(e.sender_kind)}};
  return {{"number", e.number},
          {"at", to_string(e.at)},
          {"after_ms", ms(e.after)},
          {"actor", {{"id", e.actor}, {"type", e.kind}}},
          {"from", std::move(from)},
          {"message", e.message},
          {"outcome", e.failed ? "failed" : "handled"},
          {"state", e.state},
          {"waited_ms", ms(e.waited)},
          {"took_ms", ms(e.took)},
          {"generation", e.generation ? json(to_string(*e.generation)) : json(nullptr)}};
}

} // namespace

bool is_own(const actors::trace_summary& of, const actors::operator_caller& who) { return of.by_whom == who.name; }

json view_of(const actors::trace_summary& of, const actors::operator_caller& who) {
  const bool runs = of.ended == policies::trace_end::none;
  return {{"id", of.id},
          {"subject", subject_of(of)},
          {"mine", is_own(of, who)},
          {"started_at", to_string(of.started)},
          {"running", runs},
          {"ended", runs ? json(nullptr) : json(to_string(of.ended))},
          {"left_ms", ms(of.left)},
          {"bounds", {{"events", of.bounds.events}, {"span_ms", ms(of.bounds.span)}}},
          {"recorded", of.recorded},
          {"dropped", of.dropped}};
}

json view_of(const actors::trace_reading& found, const actors::operator_caller& who) {
  auto out = view_of(found.of, who);
  auto events = json::array();
  for (const auto& one : found.events)
    events.push_back(view_of_step(one));
  out["events"] = std::move(events);
  return out;
}

} // namespace easel::server
