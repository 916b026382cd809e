#include "http/server/console/console_api.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_json.hpp"
#include "http/server/console/console_stream.hpp"
#include "http/server/console/moment_api.hpp"
#include "http/server/query_options.hpp"
#include "http/server/routes.hpp"
#include "http/server/views.hpp"

#include <charconv>

namespace easel::server {

namespace {

using nlohmann::json;

void send_json(exchange& asked, const json& what) { asked.send({}, dump(what)); }

void not_found(exchange& asked, std::string message) {
  send_problem(asked, plain_problem(404, "not_found", std::move(message)));
}

problem cannot_tell(actors::console_fault fault) {
  auto p = fault == actors::console_fault::overloaded
             ? plain_problem(503, "overloaded", "The console's way to the database is busy.")
             : plain_problem(503, "service_unavailable", "The console cannot reach the database.");
  p.retry_after = std::chrono::seconds(1);
  return p;
}

std::optional<std::uint64_t> actor_number(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(id) : std::nullopt;
}

/// The latest sample, or an answer that there is none yet.
actors::sample_ptr need_sample(const actors::console_door& door, exchange& asked) {
  auto sample = door.latest();
  if (!sample) {
    auto early = plain_problem(503, "not_ready", "The console has taken no sample yet.");
    early.retry_after = std::chrono::seconds(1);
    send_problem(asked, early);
  }
  return sample;
}

/// A query of texts, checked by `query_options` to be of the names that a route knows.
std::string query_text(const exchange& asked, std::string_view name) {
  const auto all = parse_query(asked.query);
  if (!all)
    return {};
  const auto found = all->find(name);
  return found == all->end() ? std::string() : found->second;
}

problem bad_value(std::string field, std::string message) {
  return describe(policies::field_error{std::move(field), "invalid_value", std::move(message)});
}

/// What the query of a listing asks for; the error is a problem that names the parameter.
expected<actors::actor_question, problem> question_of(const exchange& asked) {
  query_options options(asked, {"view", "type", "parent", "about", "sort", "limit", "offset"});
  actors::actor_question q;
  q.limit = static_cast<std::size_t>(options.whole("limit", 1, static_cast<int>(actors::most_actors), 50));
  q.offset = static_cast<std::size_t>(options.whole("offset", 0, static_cast<int>(actors::furthest_actor), 0));
  const auto sort =
    options.one_of("sort", {"mailbox", "rate", "busy", "age", "handled", "failures", "stalled"}).value_or("mailbox");
  if (options.error())
    return unexpected(describe(*options.error()));
  for (const auto by : actors::all_actor_orders)
    if (to_string(by) == sort)
      q.by = by;
  q.kind = query_text(asked, "type");
  if (const auto parent = query_text(asked, "parent"); !parent.empty()) {
    q.parent = actor_number(parent);
    if (!q.parent)
      return unexpected(bad_value("parent", "must be the number of an actor."));
  }
  if (const auto about = query_text(asked, "about"); !about.empty()) {
    if (const auto generation = parse_id<generation_id>(about))
      q.subject = generation->value;
    else if (const auto account = parse_id<account_id>(about))
      q.subject = account->value;
    else
      return unexpected(bad_value("about", "must be the id of a generation or of an account."));
  }
  return q;
}

} // namespace

void console_api::overview(const exchange_ptr& asked) const {
  if (const auto sample = need_sample(door_, *asked))
    send_json(*asked, view_of(*sample));
}

void console_api::lints(const exchange_ptr& asked) const {
  if (const auto sample = need_sample(door_, *asked))
    send_json(*asked, view_of_lints(*sample));
}

void console_api::history(const exchange_ptr& asked) const {
  query_options options(*asked, {"span", "at"});
  const auto span = options.one_of("span", {"15m", "24h"});
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  if (const auto at = query_text(*asked, "at"); !at.empty()) {
    if (span)
      return send_problem(*asked, bad_value("span", "`at` stands alone: it is one moment."));
    return serve_moment(door_, *asked, at);
  }
  send_json(*asked, view_of(door_.history(span == "24h" ? actors::history_span::day : actors::history_span::minutes)));
}

void console_api::actors(const exchange_ptr& asked) const {
  query_options options(*asked, {"view", "type", "parent", "about", "sort", "limit", "offset"});
  const auto view = options.one_of("view", {"list", "tree"}).value_or("list");
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  const auto q = question_of(*asked);
  if (!q)
    return send_problem(*asked, q.error());
  if (view == "tree")
    return send_json(*asked, {{"tree", list_of(door_.tree(q->by))}});
  send_json(*asked, view_of(door_.find_actors(*q)));
}

void console_api::actor(const exchange_ptr& asked, std::string_view id) const {
  const auto number = actor_number(id);
  const auto found = number ? door_.find_actor(*number) : std::nullopt;
  if (!found)
    return not_found(*asked, "No such actor lives. The graveyard may know how it ended.");
  send_json(*asked, view_of(*found));
}

void console_api::graveyard(const exchange_ptr& asked) const {
  query_options options(*asked, {"type"});
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  send_json(*asked, {{"ended", list_of(door_.graveyard(query_text(*asked, "type")))}});
}

void console_api::log(const exchange_ptr& asked) const {
  query_options options(*asked, {"level", "find", "limit"});
  actors::log_question q;
  q.level = options.one_of("level", {"debug", "info", "warning", "error"}).value_or("debug");
  q.most = static_cast<std::size_t>(options.whole("limit", 1, static_cast<int>(actors::log_ring::most_lines), 200));
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  q.find = query_text(*asked, "find");
  send_json(*asked, view_of(door_.log(q)));
}

void console_api::upstreams(const exchange_ptr& asked) const {
  if (const auto sample = need_sample(door_, *asked))
    send_json(*asked, {{"at", to_string(sample->at)}, {"upstreams", list_of(sample->upstreams)}});
}

void console_api::queues(const exchange_ptr& asked) const {
  if (const auto sample = need_sample(door_, *asked))
    send_json(*asked,
              {{"at", to_string(sample->at)}, {"queues", list_of(sample->queues)}, {"lines", list_of(door_.lines())}});
}

void console_api::generations(const exchange_ptr& asked) const {
  query_options options(*asked, {"state", "limit"});
  const auto state = options.one_of("state", {"in_work", "ended"}).value_or("in_work");
  const int limit = options.whole("limit", 1, 200, 50);
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  door_.generations(state == "in_work", limit, [asked](auto found) {
    if (!found)
      return send_problem(*asked, cannot_tell(found.error()));
    send_json(*asked, {{"generations", list_of(*found)}});
  });
}

void console_api::generation(const exchange_ptr& asked, std::string_view id) const {
  const auto which = parse_id<generation_id>(id);
  if (!which)
    return not_found(*asked, "There is no such generation, or it has expired.");
  actors::actor_question q;
  q.subject = which->value;
  auto worker = door_.find_actors(q);
  door_.generation(*which, [asked, worker = std::move(worker)](auto found) {
    if (!found)
      return send_problem(*asked, cannot_tell(found.error()));
    if (!*found)
      return not_found(*asked, "There is no such generation, or it has expired.");
    auto out = view_of(**found);
    out["actor"] = worker.actors.empty() ? json(nullptr) : view_of(worker.actors.front());
    send_json(*asked, out);
  });
}

void console_api::stream(const exchange_ptr& asked, operator_guard::recheck recheck) const {
  stream_console(door_, asked, std::move(recheck));
}

} // namespace easel::server
