#include "http/server/console/action_fields.hpp"

#include "http/server/console/target_fields.hpp"
#include "policies/privacy_requests.hpp"

namespace easel::server {

namespace {

constexpr int default_minutes = 15;
constexpr int default_reveal = 60; ///< seconds

template <class Action>
Action of_upstream(field_reader& fields) {
  Action out;
  out.to = fields.text("to").value_or("");
  out.label = fields.text("label").value_or("");
  return out;
}

template <class Action>
Action for_a_while(field_reader& fields) {
  fields.allow_only({"to", "label", "minutes", "reason", "stamp"});
  auto out = of_upstream<Action>(fields);
  out.span = minutes_of(fields);
  return out;
}

actors::change_weight weight_of(field_reader& fields) {
  fields.allow_only({"to", "label", "weight", "reason", "stamp"});
  auto out = of_upstream<actors::change_weight>(fields);
  out.weight = fields.whole("weight").value_or(-1);
  if (out.weight < 0 || out.weight > actors::heaviest)
    fields.refuse("weight", "invalid_value", "must be from 0 to 1000.");
  return out;
}

actors::kill_actor death_of(field_reader& fields) {
  fields.allow_only({"actor", "reason", "stamp"});
  return {read_actor(fields)};
}

actors::reveal_prompt reveal_of(field_reader& fields) {
  fields.allow_only({"generation", "seconds", "reason", "stamp"});
  const auto id = read_generation(fields);
  const std::chrono::seconds span(fields.whole("seconds").value_or(default_reveal));
  if (span < actors::shortest_reveal || span > actors::longest_reveal)
    fields.refuse("seconds", "invalid_value", "must be from 10 to 300.");
  return {id, span};
}

actors::record_request request_of(field_reader& fields) {
  fields.allow_only({"kind", "received", "account", "reference", "reason", "stamp"});
  actors::record_request out;
  if (const auto kind = policies::parse_request_kind(fields.text("kind").value_or("")))
    out.what.kind = *kind;
  else
    fields.refuse("kind", "invalid_value",
                  "must be access, correction, erasure, child, restriction, objection or complaint.");
  if (const auto received = policies::parse_day(fields.text("received").value_or("")))
    out.what.received = *received;
  else
    fields.refuse("received", "invalid_value", "must be a day such as 2026-11-26.");
  if (const auto account = fields.text("account"); account && !account->empty()) {
    out.what.account = parse_id<account_id>(*account);
    if (!out.what.account)
      fields.refuse("account", "invalid_value", "must be the id of an account.");
  }
  out.what.reference = fields.text("reference").value_or("");
  if (!out.what.reference.empty() && !policies::is_request_reference(out.what.reference))
    fields.refuse("reference", "invalid_value",
                  "must have 1 to 40 of letters, digits, '.', '_', '/', '-' and begin with a letter or a digit.");
  return out;
}

} // namespace

std::chrono::minutes minutes_of(field_reader& fields) {
  const int minutes = fields.whole("minutes").value_or(default_minutes);
  if (minutes < 1 || minutes > actors::longest_pause.count())
    fields.refuse("minutes", "invalid_value", "must be from 1 to 1440.");
  return std::chrono::minutes(minutes);
}

std::optional<actors::operator_action> further_action(std::string_view name, field_reader& fields) {
  if (name == "drain_upstream")
    return for_a_while<actors::drain_upstream>(fields);
  if (name == "open_breaker")
    return for_a_while<actors::open_breaker>(fields);
  if (name == "change_weight")
    return weight_of(fields);
  if (name == "drain_node") {
    fields.allow_only({"minutes", "reason", "stamp"});
    return actors::drain_node{minutes_of(fields)};
  }
  if (name == "resume_node") {
    fields.allow_only({"reason", "stamp"});
    return actors::resume_node{};
  }
  if (name == "kill_actor")
    return death_of(fields);
  if (name == "reveal_prompt")
    return reveal_of(fields);
  if (name == "record_privacy_request")
    return request_of(fields);
  return std::nullopt;
}

} // namespace easel::server
