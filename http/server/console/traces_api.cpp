#include "http/server/console/traces_api.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_problems.hpp"
#include "http/server/console/target_fields.hpp"
#include "http/server/console/trace_stream.hpp"
#include "http/server/console/traces_json.hpp"
#include "http/server/json_body.hpp"
#include "http/server/json_values.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"

#include <charconv>

namespace easel::server {

namespace {

using nlohmann::json;
using policies::operator_role;
using policies::trace_by;

constexpr std::size_t longest_type = 64;

/// A trace of an account is read by whoever gave the reason for it.
bool may_read(const actors::trace_summary& of, const actors::operator_caller& who) {
  return of.by != trace_by::account || (is_own(of, who) && policies::may(who.role, operator_role::keeper));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(id) : std::nullopt;
}

void no_such_trace(exchange& asked) {
  send_problem(asked, plain_problem(404, "not_found", "There is no such trace. One that has ended is kept for 5 min."));
}

problem not_begun(actors::console_fault fault) {
  return console_away(fault, "No trace was begun.", "the look cannot be recorded. No trace was begun.");
}

problem refused_trace(actors::trace_refusal why) {
  if (why == actors::trace_refusal::one_person)
    return plain_problem(403, "account_required",
                         "A session is one person's. Follow its account, which takes an operator and a reason.");
  if (why == actors::trace_refusal::no_target)
    return plain_problem(404, "no_target",
                         "There is no such actor, type or account, or nobody works on that generation here.");
  auto p = plain_problem(503, "overloaded", "As many traces run as may. Stop one, or wait for its end.");
  p.retry_after = std::chrono::seconds(5);
  return p;
}

/// Exactly one subject, of those that a body may name.
void read_subject(field_reader& fields, actors::trace_request& out) {
  int subjects = 0;
  const auto named = [&](trace_by by) {
    ++subjects;
    out.by = by;
  };
  if (const auto id = generation_in(fields)) {
    named(trace_by::generation);
    out.id = id->value;
  }
  if (const auto id = account_in(fields)) {
    named(trace_by::account);
    out.id = id->value;
  }
  if (auto text = fields.text("type")) {
    named(trace_by::type);
    if (text->empty() || text->size() > longest_type)
      fields.refuse("type", "invalid_value", "must be a type of actors, such as \"session\".");
    out.type = std::move(*text);
  }
  if (const auto number = actor_in(fields)) {
    named(trace_by::actor);
    out.actor = *number;
  }
  if (subjects != 1)
    fields.refuse("generation", "invalid_value",
                  "or one of `account`, `type` and `actor` must be given, and no other.");
}

expected<actors::trace_wanted, problem> wanted_of(nlohmann::json& body, const policies::trace_limits& limits) {
  field_reader fields(body);
  fields.allow_only({"generation", "account", "type", "actor", "events", "seconds", "reason"});
  actors::trace_wanted out;
  read_subject(fields, out.trace);
  out.reason = read_reason(fields, out.trace.by == trace_by::account);
  policies::trace_wish wish;
  wish.events = fields.whole("events");
  if (const auto span = fields.whole("seconds"))
    wish.span = std::chrono::seconds(*span);
  if (fields.error())
    return unexpected(describe(*fields.error()));
  const auto bounds = policies::bound_trace(wish, limits);
  if (!bounds) {
    fields.refuse(bounds.error().field, bounds.error().code, bounds.error().message);
    return unexpected(describe(*fields.error()));
  }
  out.trace.bounds = *bounds;
  return out;
}

} // namespace

void traces_api::list(const exchange_ptr& asked, const actors::operator_caller& who) const {
  const query_options options(*asked, {});
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  const auto& limits = door_.traces().limits();
  auto traces = json::array();
  for (const auto& one : door_.traces().all())
    traces.push_back(view_of(one, who));
  asked->send(
    {}, dump(json{{"limits", {{"running", limits.running}, {"events", limits.events}, {"span_ms", ms(limits.span)}}},
                  {"traces", std::move(traces)}}));
}

void traces_api::begin(const exchange_ptr& asked, const actors::operator_caller& who) const {
  auto body = parse_object(asked->body());
  if (!body)
    return send_problem(*asked, describe(body.error()));
  if (door_.traces().limits().running == 0)
    return send_problem(*asked, plain_problem(404, "not_found", "Traces are switched off (operator.traces)."));
  auto wanted = wanted_of(*body, door_.traces().limits());
  if (!wanted)
    return send_problem(*asked, wanted.error());
  if (wanted->trace.by == trace_by::account && !policies::may(who.role, operator_role::keeper))
    return send_problem(*asked, role_required(operator_role::keeper));
  wanted->trace.by_whom = who.name;
  door_.traces().begin(std::move(*wanted), [asked, who](auto begun) {
    if (!begun)
      return send_problem(*asked, not_begun(begun.error()));
    if (!*begun)
      return send_problem(*asked, refused_trace(begun->error()));
    asked->send({}, dump(view_of(**begun, who)));
  });
}

std::optional<traces_api::wish> traces_api::wish_of(exchange& asked, const actors::operator_caller& who,
                                                    std::string_view id) const {
  query_options options(asked, {"after"});
  const int after = options.whole("after", 0, 1'000'000, 0);
  if (options.error()) {
    send_problem(asked, describe(*options.error()));
    return std::nullopt;
  }
  const auto number = number_of(id);
  auto found = number ? door_.traces().read(*number, static_cast<std::size_t>(after)) : std::nullopt;
  if (!found) {
    no_such_trace(asked);
    return std::nullopt;
  }
  if (!may_read(found->of, who)) {
    send_problem(asked,
                 plain_problem(403, "not_yours", "A trace of an account is read by whoever gave the reason for it."));
    return std::nullopt;
  }
  return wish{static_cast<std::size_t>(after), std::move(*found)};
}

void traces_api::read(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const {
  if (const auto found = wish_of(*asked, who, id))
    asked->send({}, dump(view_of(found->reading, who)));
}

void traces_api::stream(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id,
                        operator_guard::recheck recheck) const {
  if (const auto found = wish_of(*asked, who, id))
    stream_trace(door_, asked, who, found->reading.of.id, found->after, std::move(recheck));
}

void traces_api::stop(const exchange_ptr& asked, const actors::operator_caller& who, std::string_view id) const {
  const auto number = number_of(id);
  const auto found = number ? door_.traces().read(*number, 0) : std::nullopt;
  if (!found)
    return no_such_trace(*asked);
  if (!is_own(found->of, who) && !policies::may(who.role, operator_role::keeper))
    return send_problem(*asked, role_required(operator_role::keeper));
  const auto stopped = door_.traces().stop(*number);
  if (!stopped)
    return no_such_trace(*asked);
  asked->send({}, dump(view_of(*stopped, who)));
}

} // namespace easel::server
