#include "http/server/console/console_json.hpp"

#include "http/server/json_values.hpp"

#include <algorithm>
#include <cmath>

namespace easel::server {

namespace {

using nlohmann::json;

json number(float value) { return std::isnan(value) ? json(nullptr) : json(rounded(static_cast<double>(value))); }

json optional_id(const std::optional<generation_id>& id) { return id ? json(to_string(*id)) : json(nullptr); }

json view_of_message(const actors::message_view& message) {
  return {
    {"type", message.type}, {"ago_ms", ms(message.ago)}, {"took_ms", ms(message.took)}, {"running", message.running}};
}

json messages_of(const std::vector<actors::message_view>& messages) {
  auto out = json::array();
  for (const auto& one : messages)
    out.push_back(view_of_message(one));
  return out;
}

json view_of_times(const actors::quantiles& took) {
  return {{"count", took.count}, {"p50_ms", ms(took.p50)}, {"p95_ms", ms(took.p95)}, {"p99_ms", ms(took.p99)}};
}

json step(std::string_view name, instant from, const std::optional<instant>& to, std::string detail = {}) {
  return {{"name", name},
          {"from", to_string(from)},
          {"to", time_or_null(to)},
          {"took_ms", to ? json(ms(*to - from)) : json(nullptr)},
          {"detail", std::move(detail)}};
}

/// When the prompt was first told to moderation, or to anybody else; nothing when it is not on record.
std::optional<instant> first_told(const persistence::generation_story& story, bool to_moderation) {
  for (const auto& one : story.disclosures) // in their order
    if ((one.to == recipient::openai_moderation) == to_moderation)
      return one.at;
  return std::nullopt;
}

/// Between which moments moderation's verdict came. It is committed with the dispatch, or with the end of what it
/// blocks, and has no time of its own. Null: none is on record, yet or ever.
json judged_in(const persistence::generation_story& story) {
  const auto& line = story.line;
  auto by = line.state == generation_state::blocked ? line.ended_at : line.dispatched_at;
  if (!by)
    return nullptr;
  // An heir may have dispatched it again; a provider got nothing before the verdict.
  if (const auto told = first_told(story, false))
    by = std::min(*by, *told);
  const auto after = first_told(story, true).value_or(line.created_at);
  return {{"after", to_string(after)}, {"by", to_string(*by)}, {"within_ms", ms(*by - after)}};
}

/// What came before anything was drawn.
std::string_view first_step(const persistence::generation_line& line) {
  if (line.dispatched_at)
    return "moderated, then queued";
  return line.state == generation_state::blocked ? "moderated, and blocked" : "accepted";
}

/// From acceptance to the end.
json steps_of(const persistence::generation_story& story) {
  const auto& line = story.line;
  auto out = json::array();
  const bool was_dispatched = line.dispatched_at.has_value();
  out.push_back(step(first_step(line), line.created_at, was_dispatched ? line.dispatched_at : line.ended_at));
  for (const auto& call : story.calls)
    if (!line.ended_at || call.begun_at <= *line.ended_at)
      out.push_back(
        step("call begun, image " + std::to_string(call.index), call.begun_at, call.begun_at, call.credential));
  if (!was_dispatched)
    return out;
  for (const auto& image : story.images) {
    const auto begun =
      std::find_if(story.calls.begin(), story.calls.end(), [&](const auto& call) { return call.index == image.index; });
    const auto from = begun != story.calls.end() ? begun->begun_at : *line.dispatched_at;
    out.push_back(step("image " + std::to_string(image.index) + " drawn and stored", std::min(from, image.at), image.at,
                       begun != story.calls.end() ? begun->credential : line.credential));
  }
  if (story.images.empty())
    out.push_back(step("drawing", *line.dispatched_at, line.ended_at, line.credential));
  return out;
}

} // namespace

json values_of(const actors::series_values& values) {
  json out = json::object();
  for (const auto which : actors::all_series())
    out[std::string(to_string(which))] = number(values[static_cast<std::size_t>(which)]);
  return out;
}

json view_of(const actors::kind_view& k) {
  return {{"kind", k.kind},          {"live", k.live},          {"waiting", k.waiting},
          {"rate", rounded(k.rate)}, {"busy", rounded(k.busy)}, {"handled", k.handled},
          {"failures", k.failures},  {"ended", k.ended},        {"ended_failed", k.ended_failed}};
}

json view_of(const actors::upstream_view& u) {
  json failures = json::array(), latency = json::array();
  for (const auto& one : u.failures)
    failures.push_back({{"what", one.what}, {"count", one.count}});
  for (const auto& one : u.latency) {
    latency.push_back(view_of_times(one.took));
    latency.back()["call"] = one.call;
  }
  return {{"to", u.to},
          {"label", u.label},
          {"state", u.state},
          {"actor", u.actor},
          {"breaker", {{"state", u.breaker}, {"opens_in_ms", ms(u.opens_in)}}},
          {"held_open_for_ms", ms(u.held_open_for)},
          {"paused_for_ms", ms(u.paused_for)},
          {"drained_for_ms", ms(u.drained_for)},
          {"weight", u.weight},
          {"configured_weight", u.configured_weight},
          {"concurrency", u.concurrency},
          {"in_flight", u.in_flight},
          {"waiting", u.waiting},
          {"may_start", u.credit},
          {"window", {{"starts", u.starts_per_window}, {"used", u.window_used}, {"span_ms", ms(u.window)}}},
          {"funded", u.funded},
          {"upstream_credit", u.upstream_credit ? json(*u.upstream_credit) : json(nullptr)},
          {"calls", u.calls},
          {"rate", rounded(u.rate)},
          {"failing", rounded(u.failing)},
          {"failures", std::move(failures)},
          {"last_failure",
           u.last_failure ? json{{"what", *u.last_failure}, {"ago_ms", ms(u.last_failure_ago)}} : json(nullptr)},
          {"latency", std::move(latency)}};
}

json view_of(const actors::queue_view& q) {
  return {{"name", q.name},
          {"waiting", q.waiting},
          {"bound", q.bound ? json(*q.bound) : json(nullptr)},
          {"place_ms", ms(q.per_place)},
          {"stalled", q.stalled}};
}

json view_of(const actors::tier_line& line) {
  auto most = json::array();
  for (const auto& one : line.most)
    most.push_back({{"session", one.session == 0 ? json(nullptr) : json(one.session)},
                    {"waiting", one.images},
                    {"in_work", one.in_work},
                    {"turns", one.turns},
                    {"waits_ms", ms(one.waits)},
                    {"since_turn_ms", ms(one.since_turn)}});
  return {{"tier", to_string(line.of_tier)},
          {"accounts", line.accounts},
          {"longest_since_turn_ms", ms(line.longest_since_turn)},
          {"most", std::move(most)}};
}

json view_of(const actors::concern& c) {
  const auto& rule = c.rule();
  return {{"lint", rule.id}, {"about", c.about},       {"what", c.what},
          {"why", rule.why}, {"evidence", c.evidence}, {"next", rule.next},
          {"link", c.link},  {"urgent", rule.urgent},  {"since", to_string(c.since)}};
}

json view_of_lints(const actors::console_sample& s) {
  auto all = json::array();
  for (const auto& rule : policies::lint_rules()) {
    auto findings = json::array();
    for (const auto& one : s.concerns)
      if (one.lint == rule.which)
        findings.push_back(view_of(one));
    all.push_back({{"id", rule.id},
                   {"urgent", rule.urgent},
                   {"fires", rule.fires},
                   {"why", rule.why},
                   {"next", rule.next},
                   {"count", s.findings[static_cast<std::size_t>(rule.which)]},
                   {"findings", std::move(findings)}});
  }
  return {{"at", to_string(s.at)}, {"lints", std::move(all)}, {"more_findings", s.more_concerns}};
}

json view_of(const actors::stage_view& s) {
  auto out = view_of_times(s.took);
  out["tier"] = to_string(s.of_tier);
  out["stage"] = s.stage;
  return out;
}

json view_of_node(const actors::console_sample& s) {
  return {{"state", to_string(s.node)}, {"resumes_in_ms", ms(s.resumes_in)}};
}

json view_of(const actors::console_sample& s) {
  return {{"at", to_string(s.at)},
          {"uptime_ms", ms(s.uptime)},
          {"ready", s.ready},
          {"draining", s.draining},
          {"node", view_of_node(s)},
          {"chaos", s.allows_chaos},
          {"database_silent_ms", ms(s.database_silent)},
          {"values", values_of(s.values)},
          {"types", list_of(s.kinds)},
          {"stages", list_of(s.stages)},
          {"concerns", list_of(s.concerns)},
          {"more_concerns", s.more_concerns},
          {"console", view_of_console(s)}};
}

json view_of_console(const actors::console_sample& s) {
  return {{"sample_ms", ms(s.cost)}, {"watchers", s.watchers}, {"most_watchers", actors::most_watchers}};
}

json view_of(const actors::actor_view& a) {
  return {{"id", a.id},
          {"parent", a.parent},
          {"type", a.kind},
          {"state", a.state},
          {"generation", optional_id(a.generation)},
          {"age_ms", ms(a.age)},
          {"waiting", a.waiting},
          {"stalled_ms", ms(a.stalled)},
          {"handled", a.handled},
          {"rate", rounded(a.rate)},
          {"busy", rounded(a.busy)},
          {"busy_ms", ms(a.busy_time)},
          {"failures", a.failures},
          {"last", a.last ? view_of_message(*a.last) : json(nullptr)}};
}

json view_of(const actors::actor_page& page) {
  return {{"actors", list_of(page.actors)}, {"matching", page.matching}, {"live", page.live}};
}

json view_of(const actors::tree_group& g) {
  auto shown = json::array();
  for (const auto& node : g.shown) {
    auto one = view_of(node.actor);
    one["children"] = list_of(node.children);
    shown.push_back(std::move(one));
  }
  return {{"type", g.kind},          {"count", g.count},       {"waiting", g.waiting},      {"rate", rounded(g.rate)},
          {"busy", rounded(g.busy)}, {"failures", g.failures}, {"actors", std::move(shown)}};
}

json view_of(const actors::actor_detail& d) {
  auto out = view_of(d.actor);
  out["messages"] = messages_of(d.messages);
  out["children"] = list_of(d.children);
  out["supervisor"] = d.supervisor ? view_of(*d.supervisor) : json(nullptr);
  out["siblings_failed"] = d.siblings_failed;
  return out;
}

json view_of(const actors::log_page& page) {
  auto lines = json::array();
  for (const auto& one : page.lines)
    lines.push_back({{"number", one.number}, {"at", to_string(one.at)}, {"level", one.level}, {"text", one.text}});
  return {{"lines", std::move(lines)}, {"written", page.written}, {"kept", page.kept}};
}

json view_of(const actors::grave_view& g) {
  return {{"id", g.id},
          {"parent", g.parent},
          {"type", g.kind},
          {"state", g.state},
          {"reason", g.reason},
          {"failed", g.failed},
          {"generation", optional_id(g.generation)},
          {"ago_ms", ms(g.ago)},
          {"lived_ms", ms(g.lived)},
          {"handled", g.handled},
          {"unread", g.unread},
          {"busy_ms", ms(g.busy_time)},
          {"messages", messages_of(g.messages)}};
}

json view_of(const persistence::generation_line& l) {
  return {{"id", to_string(l.id)},
          {"tier", to_string(l.of_tier)},
          {"state", to_string(l.state)},
          {"reason", l.reason == failure::none ? json(nullptr) : json(to_string(l.reason))},
          {"images_stored", l.images_stored},
          {"credential", l.credential.empty() ? json(nullptr) : json(l.credential)},
          {"created_at", to_string(l.created_at)},
          {"dispatched_at", time_or_null(l.dispatched_at)},
          {"ended_at", time_or_null(l.ended_at)}};
}

json view_of(const persistence::generation_story& story) {
  auto out = view_of(story.line);
  auto disclosures = json::array(), images = json::array();
  for (const auto& one : story.disclosures)
    disclosures.push_back({{"to", to_string(one.to)}, {"at", to_string(one.at)}});
  for (const auto& one : story.images)
    images.push_back({{"index", one.index}, {"at", to_string(one.at)}});
  out["node"] = to_string(story.node);
  out["fence"] = story.fence;
  out["restarts"] = story.restarts;
  out["cancel_requested"] = story.cancel_requested;
  out["disclosures"] = std::move(disclosures);
  out["images"] = std::move(images);
  out["judged"] = judged_in(story);
  out["steps"] = steps_of(story);
  return out;
}

json view_of(const std::vector<actors::history_point>& points) {
  auto names = json::array(), rows = json::array();
  for (const auto which : actors::all_series())
    names.push_back(to_string(which));
  for (const auto& point : points) {
    auto values = json::array();
    for (const float value : point.values)
      values.push_back(number(value));
    rows.push_back({{"at", point.at.time_since_epoch().count() / 1000}, {"values", std::move(values)}});
  }
  return {{"names", std::move(names)}, {"points", std::move(rows)}};
}

} // namespace easel::server
