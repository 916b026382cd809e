#include "http/server/console/console_actions.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/action_fields.hpp"
#include "http/server/console/console_problems.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/console/target_fields.hpp"
#include "http/server/json_body.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"

#include <algorithm>

namespace easel::server {

namespace {

using nlohmann::json;

problem not_done(actors::console_fault fault) {
  return console_away(fault, "Nothing was done.", "the action cannot be recorded. Nothing was done.");
}

template <class Action>
actors::operator_action about_account(field_reader& fields) {
  fields.allow_only({"account", "reason", "stamp"});
  return Action{read_account(fields)};
}

/// What is asked for, from the fields that its name wants; what is wrong is the reader's error.
std::optional<actors::operator_action> action_of(std::string_view name, field_reader& fields) {
  const auto upstream = [&](auto action) {
    action.to = fields.text("to").value_or("");
    action.label = fields.text("label").value_or("");
    return actors::operator_action(std::move(action));
  };
  if (name == "pause_upstream") {
    fields.allow_only({"to", "label", "minutes", "reason", "stamp"});
    actors::pause_upstream pause;
    pause.span = minutes_of(fields);
    return upstream(std::move(pause));
  }
  if (name == "resume_upstream" || name == "reset_breaker") {
    fields.allow_only({"to", "label", "reason", "stamp"});
    return name == "reset_breaker" ? upstream(actors::reset_breaker{}) : upstream(actors::resume_upstream{});
  }
  if (name == "restart_actor") {
    fields.allow_only({"actor", "reason", "stamp"});
    return actors::restart_actor{read_actor(fields)};
  }
  if (name == "cancel_generation") {
    fields.allow_only({"generation", "reason", "stamp"});
    return actors::cancel_one{read_generation(fields)};
  }
  if (name == "suspend_account")
    return about_account<actors::suspend_account>(fields);
  if (name == "lift_account")
    return about_account<actors::lift_account>(fields);
  if (name == "end_sessions")
    return about_account<actors::end_account_sessions>(fields);
  if (name == "run_retention" || name == "run_reconcile") {
    fields.allow_only({"reason", "stamp"});
    return actors::run_now{name == "run_retention" ? actors::run_now::what::retention
                                                   : actors::run_now::what::reconcile};
  }
  if (name == "set_log_level") {
    fields.allow_only({"level", "minutes", "reason", "stamp"});
    actors::set_log_level change;
    change.level = fields.text("level").value_or("");
    if (std::find(actors::log_levels.begin(), actors::log_levels.end(), change.level) == actors::log_levels.end())
      fields.refuse("level", "invalid_value", "must be debug, info, warning or error.");
    change.span = minutes_of(fields);
    return change;
  }
  return further_action(name, fields);
}

std::string_view outcome_name(actors::action_outcome::result how) {
  using r = actors::action_outcome::result;
  switch (how) {
  case r::previewed:
    return "previewed";
  case r::done:
    return "done";
  case r::changed:
    return "changed";
  case r::no_target:
    return "no_target";
  case r::refused:
    return "refused";
  case r::unanswered:
  case r::failed:
  case r::unknown:
    break; // answered as problems
  }
  return "unknown";
}

int status_of(actors::action_outcome::result how) {
  using r = actors::action_outcome::result;
  return how == r::no_target ? 404 : how == r::changed || how == r::refused ? 409 : 200;
}

/// Why it was not done, or is not known to be; nothing for what is an answer.
std::optional<problem> problem_of(actors::action_outcome::result how) {
  using r = actors::action_outcome::result;
  if (how == r::no_target)
    return plain_problem(404, "no_target", "There is no such target, or it is gone.");
  if (how == r::failed)
    return plain_problem(500, "internal_error", "The database refused it. Nothing was done.");
  if (how == r::unknown) // not to be tried again without a look
    return plain_problem(
      503, "service_unavailable",
      "The database did not answer, so nobody knows whether it was done. Look before you repeat it.");
  if (how != r::unanswered)
    return std::nullopt;
  auto p = plain_problem(503, "service_unavailable", "The database did not answer. Nothing was done.");
  p.retry_after = std::chrono::seconds(1);
  return p;
}

void tell_outcome(exchange& asked, const actors::action_outcome& outcome) {
  if (const auto why = problem_of(outcome.how))
    return send_problem(asked, *why);
  answer_head head;
  head.status = status_of(outcome.how);
  json body{{"outcome", outcome_name(outcome.how)}, {"effects", outcome.effects}, {"stamp", outcome.stamp}};
  if (outcome.revealed) // like every answer here it is not to be stored by anybody on the way
    body["revealed"] = {{"prompt", outcome.revealed->text.reveal()},
                        {"hide_after_ms", std::chrono::milliseconds(outcome.revealed->span).count()}};
  asked.send(std::move(head), dump(body));
}

} // namespace

void serve_action(actors::console_door& door, const exchange_ptr& asked, const actors::operator_caller& who,
                  std::string_view name) {
  auto body = parse_object(asked->body());
  if (!body)
    return send_problem(*asked, describe(body.error()));
  field_reader fields(*body);
  actors::action_request request;
  request.stamp = fields.text("stamp").value_or("");
  request.reason = read_reason(fields, !request.stamp.empty());
  auto what = action_of(name, fields);
  if (!what)
    return send_problem(*asked, plain_problem(404, "not_found", "There is no such action."));
  if (const auto needed = actors::role_for(*what); !policies::may(who.role, needed))
    return send_problem(*asked, role_required(needed));
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  request.what = std::move(*what);
  request.who = who;
  door.act(std::move(request), [asked](auto outcome) {
    if (outcome)
      tell_outcome(*asked, *outcome);
    else
      send_problem(*asked, not_done(outcome.error()));
  });
}

void serve_audit(actors::console_door& door, const exchange_ptr& asked) {
  query_options options(*asked, {"limit"});
  const int limit = options.whole("limit", 1, 500, 100);
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  door.audit(limit, [asked](auto found) {
    if (!found)
      return send_problem(*asked, not_done(found.error()));
    auto rows = json::array();
    for (const auto& one : *found)
      rows.push_back({{"id", one.id},
                      {"at", to_string(one.at)},
                      {"who", one.actor},
                      {"action", one.action},
                      {"about_account", one.about_account},
                      {"reason", one.reason}});
    asked->send({}, dump(json{{"audit", std::move(rows)}}));
  });
}

} // namespace easel::server
