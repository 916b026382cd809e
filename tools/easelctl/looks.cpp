#include "tools/easelctl/looks.hpp"

#include "tools/easelctl/json_fields.hpp"
#include "tools/easelctl/panel_looks.hpp"
#include "tools/easelctl/past_look.hpp"
#include "tools/easelctl/text_table.hpp"

#include <algorithm>
#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::json;
using column = text_table::column;

/// 2026-11-23T05:32:00.123Z → 05:32:00.123
std::string clock_of(const json& of, const char* name) {
  const auto at = text(of, name, "");
  return at.size() == 24 ? at.substr(11, 12) : "-";
}
std::string name_of(const json& actor) { return text(actor, "type") + " #" + whole(actor, "id"); }

std::string last_message(const json& actor) {
  const auto found = actor.find("last");
  if (found == actor.end() || !found->is_object())
    return "-";
  const auto running = found->value("running", false);
  return text(*found, "type") + (running ? ", running for " : ", ") + in_words(number(*found, "took_ms"));
}

// ---------------------------------------------------------------- actors

std::string actor_table(const json& actors) {
  text_table table({{"ACTOR"},
                    {"STATE"},
                    {"MAIL", true},
                    {"MSG/S", true},
                    {"BUSY", true},
                    {"HANDLED", true},
                    {"FAIL", true},
                    {"STALLED", true},
                    {"AGE", true},
                    {"LAST"}});
  for (const auto& a : actors)
    table.add({name_of(a), text(a, "state"), whole(a, "waiting"), per_second(number(a, "rate")),
               percent(number(a, "busy")), whole(a, "handled"), whole(a, "failures"),
               number(a, "stalled_ms") > 0 ? in_words(number(a, "stalled_ms")) : "-", in_words(number(a, "age_ms")),
               last_message(a)});
  return table.text();
}

std::string figures_of(const json& of) {
  return "  " + whole(of, "waiting") + " waiting, " + per_second(number(of, "rate")) + "/s, busy "
         + percent(number(of, "busy"));
}

void draw_groups(std::string& out, const json& groups, const std::string& indent);

void draw_line(std::string& out, const std::string& indent, bool last, const std::string& what) {
  out += indent + (last ? "└─ " : "├─ ") + what + '\n';
}

void draw_group(std::string& out, const json& group, const std::string& indent, bool last_group) {
  const auto actors = list(group, "actors");
  const auto count = static_cast<std::size_t>(number(group, "count"));
  auto inner = indent;
  const bool is_cut = count > actors.size();
  if (is_cut) {
    draw_line(out, indent, last_group, text(group, "type") + " × " + std::to_string(count) + figures_of(group));
    inner += last_group ? "   " : "│  ";
  }
  for (std::size_t i = 0; i < actors.size(); ++i) {
    const bool last = i + 1 == actors.size() && (is_cut ? false : last_group);
    draw_line(out, inner, last, name_of(actors[i]) + "  " + text(actors[i], "state") + figures_of(actors[i]));
    draw_groups(out, list(actors[i], "children"), inner + (last ? "   " : "│  "));
  }
  if (is_cut)
    draw_line(out, inner, true, "… " + std::to_string(count - actors.size()) + " more");
}

void draw_groups(std::string& out, const json& groups, const std::string& indent) {
  for (std::size_t i = 0; i < groups.size(); ++i)
    draw_group(out, groups[i], indent, i + 1 == groups.size());
}

std::string tree_text(const json& answer) {
  std::string out;
  draw_groups(out, list(answer, "tree"), "");
  return out.empty() ? "no actor lives\n" : out;
}

std::string message_table(const json& messages, const char* ago) {
  text_table table({{"MESSAGE"}, {ago, true}, {"TOOK", true}});
  for (const auto& m : messages)
    table.add({text(m, "type"), in_words(number(m, "ago_ms")),
               (m.value("running", false) ? "running, " : "") + in_words(number(m, "took_ms"))});
  return table.empty() ? "  none\n" : table.text("  ");
}

std::string actor_text(const json& a) {
  std::string out = name_of(a) + ": " + text(a, "state") + '\n';
  const auto fact = [&](const std::string& name, const std::string& value) {
    out += "  " + name + std::string(14 - name.size(), ' ') + value + '\n';
  };
  const auto above = a.find("supervisor");
  fact("supervisor", above != a.end() && above->is_object() ? name_of(*above) : "none");
  if (text(a, "generation", "") != "")
    fact("generation", text(a, "generation"));
  fact("age", in_words(number(a, "age_ms")));
  fact("mailbox",
       whole(a, "waiting") + (number(a, "stalled_ms") > 0 ? ", oldest work " + in_words(number(a, "stalled_ms")) : ""));
  fact("messages", per_second(number(a, "rate")) + "/s, " + whole(a, "handled") + " in all");
  fact("busy", percent(number(a, "busy")) + ", " + in_words(number(a, "busy_ms")) + " in all");
  fact("failures", whole(a, "failures") + "; " + whole(a, "siblings_failed") + " like it failed lately");
  out += "\nlatest messages\n" + message_table(list(a, "messages"), "AGO");
  if (const auto children = list(a, "children"); !children.empty()) {
    out += "\nchildren\n";
    draw_groups(out, children, "");
  }
  return out;
}

/// As in the log itself, so the newest at the bottom.
std::string log_text(const json& answer) {
  std::string out;
  auto lines = list(answer, "lines");
  for (auto one = lines.rbegin(); one != lines.rend(); ++one)
    out += text(*one, "at") + ' ' + text(*one, "level") + ' ' + text(*one, "text") + '\n';
  return out.empty() ? "no line of the log matches\n" : out;
}

std::string graveyard_text(const json& answer) {
  text_table table({{"ACTOR"},
                    {"HOW"},
                    {"LAST STATE"},
                    {"AGO", true},
                    {"LIVED", true},
                    {"HANDLED", true},
                    {"UNREAD", true},
                    {"LAST MESSAGE"}});
  for (const auto& g : list(answer, "ended")) {
    const auto messages = list(g, "messages");
    table.add({name_of(g), (g.value("failed", false) ? "FAILED: " : "") + text(g, "reason"), text(g, "state"),
               in_words(number(g, "ago_ms")), in_words(number(g, "lived_ms")), whole(g, "handled"), whole(g, "unread"),
               messages.empty() ? "-" : text(messages[0], "type")});
  }
  return table.empty() ? "no actor has ended\n" : table.text();
}

// ---------------------------------------------------------------- upstreams, queues, generations

std::string breaker_of(const json& u) {
  const auto found = u.find("breaker");
  if (found == u.end())
    return "-";
  const auto opens = number(*found, "opens_in_ms");
  return text(*found, "state") + (opens > 0 ? ", probe in " + in_words(opens) : "");
}

std::string failures_of(const json& u) {
  std::string out;
  for (const auto& one : list(u, "failures"))
    out += (out.empty() ? "" : ", ") + text(one, "what") + ' ' + whole(one, "count");
  return out.empty() ? "none" : out;
}

std::string upstreams_text(const json& answer) {
  text_table table({{"UPSTREAM"},
                    {"STATE"},
                    {"BREAKER"},
                    {"IN FLIGHT", true},
                    {"WAITING", true},
                    {"WINDOW", true},
                    {"CALLS/S", true},
                    {"CALLS", true},
                    {"FAILING", true},
                    {"FAILURES"}});
  text_table times({{"UPSTREAM"}, {"CALL"}, {"P50", true}, {"P95", true}, {"P99", true}, {"COUNT", true}});
  for (const auto& u : list(answer, "upstreams")) {
    const auto name = text(u, "to") + '/' + text(u, "label");
    const auto window = u.value("window", json::object());
    table.add({name, text(u, "state"), breaker_of(u), whole(u, "in_flight") + '/' + whole(u, "concurrency"),
               whole(u, "waiting"),
               number(window, "starts") > 0 ? whole(window, "used") + '/' + whole(window, "starts") : "-",
               per_second(number(u, "rate")), whole(u, "calls"), percent(number(u, "failing")), failures_of(u)});
    for (const auto& one : list(u, "latency"))
      times.add({name, text(one, "call"), span_or_dash(one, "p50_ms"), span_or_dash(one, "p95_ms"),
                 span_or_dash(one, "p99_ms"), whole(one, "count")});
  }
  return table.text() + (times.empty() ? "" : '\n' + times.text());
}

/// Whose turn it is in each tier, of those that wait.
std::string lines_text(const json& answer) {
  std::string out;
  for (const auto& line : list(answer, "lines")) {
    if (number(line, "accounts") == 0)
      continue;
    text_table table({{"ACCOUNT'S SESSION"},
                      {"IMAGES", true},
                      {"GENERATIONS", true},
                      {"SLOTS", true},
                      {"WAITS", true},
                      {"WITHOUT A SLOT", true}});
    for (const auto& one : list(line, "most"))
      table.add({number(one, "session") > 0 ? "session #" + whole(one, "session") : "none here", whole(one, "waiting"),
                 whole(one, "in_work"), whole(one, "turns"), in_words(number(one, "waits_ms")),
                 in_words(number(one, "since_turn_ms"))});
    out += '\n' + text(line, "tier") + " tier: " + whole(line, "accounts")
           + " accounts wait, the longest without a slot " + in_words(number(line, "longest_since_turn_ms")) + '\n'
           + table.text();
  }
  return out;
}

std::string queues_text(const json& answer) {
  text_table table({{"QUEUE"}, {"WAITING", true}, {"BOUND", true}, {""}, {"ONE PLACE", true}});
  for (const auto& q : list(answer, "queues")) {
    const double bound = number(q, "bound");
    table.add({text(q, "name") + (q.value("stalled", false) ? " (nothing leaves)" : ""), whole(q, "waiting"),
               bound > 0 ? whole(q, "bound") : "-", bound > 0 ? bar(number(q, "waiting") / bound, 12) : "",
               span_or_dash(q, "place_ms")});
  }
  return table.text() + lines_text(answer);
}

std::string generations_text(const json& answer) {
  text_table table({{"GENERATION"},
                    {"STATE"},
                    {"REASON"},
                    {"TIER"},
                    {"STORED", true},
                    {"CREDENTIAL"},
                    {"CREATED"},
                    {"DISPATCHED"},
                    {"ENDED"}});
  for (const auto& g : list(answer, "generations"))
    table.add({text(g, "id"), text(g, "state"), text(g, "reason"), text(g, "tier"), whole(g, "images_stored"),
               text(g, "credential"), clock_of(g, "created_at"), clock_of(g, "dispatched_at"),
               clock_of(g, "ended_at")});
  return table.empty() ? "none\n" : table.text();
}

std::string generation_text(const json& g) {
  std::string out = text(g, "id") + ": " + text(g, "state")
                    + (text(g, "reason", "").empty() ? "" : " (" + text(g, "reason") + ')') + ", " + text(g, "tier")
                    + " tier, " + whole(g, "images_stored") + " stored, restarts " + whole(g, "restarts") + '\n';
  if (const auto worker = g.find("actor"); worker != g.end() && worker->is_object())
    out += "  worked on by " + name_of(*worker) + ": " + text(*worker, "state") + '\n';
  if (const auto judged = object(g, "judged"); !judged.empty())
    out += "  moderated by " + clock_of(judged, "by") + ", within " + in_words(number(judged, "within_ms"))
           + " of being asked; the verdict has no time of its own\n";
  text_table table({{"STEP"}, {"FROM"}, {"TO"}, {"TOOK", true}, {""}});
  for (const auto& s : list(g, "steps"))
    table.add(
      {text(s, "name"), clock_of(s, "from"), clock_of(s, "to"), span_or_dash(s, "took_ms"), text(s, "detail", "")});
  out += '\n' + table.text("  ") + "\nwho received data\n";
  for (const auto& d : list(g, "disclosures"))
    out += "  " + clock_of(d, "at") + "  " + text(d, "to") + '\n';
  return out;
}

// ---------------------------------------------------------------- lints

std::string lints_text(const json& answer) {
  std::string found;
  text_table quiet({{"LINT"}, {"FIRES"}});
  for (const auto& lint : list(answer, "lints")) {
    for (const auto& one : list(lint, "findings"))
      found += std::string(one.value("urgent", false) ? "! " : "  ") + text(one, "what") + "  [" + text(lint, "id")
               + ", since " + clock_of(one, "since") + "]\n    " + text(one, "evidence")
               + "\n    why:  " + text(lint, "why") + "\n    next: " + text(lint, "next") + '\n';
    if (list(lint, "findings").empty())
      quiet.add({text(lint, "id"), text(lint, "fires")});
  }
  if (number(answer, "more_findings") > 0)
    found += whole(answer, "more_findings") + " more are not shown\n";
  return (found.empty() ? "nothing found\n" : found) + (quiet.empty() ? "" : "\nquiet\n" + quiet.text("  "));
}

// ---------------------------------------------------------------- top

std::string head_of(const json& o) {
  const auto values = o.value("values", json::object());
  const auto v = [&](const char* name) { return number(values, name); };
  std::string out = std::string(o.value("ready", false) ? "ready" : "NOT READY")
                    + (o.value("draining", false) ? ", draining" : "") + ", up " + in_words(number(o, "uptime_ms"))
                    + ", " + whole(values, "actors") + " actors, " + per_second(v("messages")) + " messages/s, "
                    + whole(values, "waiting") + " waiting, " + per_second(v("busy")) + " threads busy\n";
  out += "generations: " + whole(values, "live") + " in work, " + per_second(v("completed")) + "/s completed, "
         + per_second(v("failed")) + "/s failed, queued " + whole(values, "queued_free") + " free "
         + whole(values, "queued_paid") + " paid; upstream calls " + per_second(v("upstream_calls")) + "/s, failing "
         + per_second(v("upstream_failures")) + "/s\n";
  for (const auto& c : list(o, "concerns"))
    if (c.value("urgent", false))
      out += "! " + text(c, "what") + ": " + text(c, "evidence") + '\n';
  return out;
}

std::string types_table(const json& o) {
  text_table table({{"TYPE"},
                    {"LIVE", true},
                    {"MAIL", true},
                    {"MSG/S", true},
                    {"BUSY", true},
                    {""},
                    {"ENDED", true},
                    {"FAILED", true}});
  auto types = list(o, "types");
  std::sort(types.begin(), types.end(),
            [](const auto& a, const auto& b) { return number(a, "busy") > number(b, "busy"); });
  for (const auto& t : types)
    table.add({text(t, "kind"), whole(t, "live"), whole(t, "waiting"), per_second(number(t, "rate")),
               percent(number(t, "busy")), bar(number(t, "busy"), 10), whole(t, "ended"), whole(t, "ended_failed")});
  return table.text();
}

} // namespace

std::string target_of(const look& what) {
  using at = look::at;
  const auto type = what.type.empty() ? std::string() : "type=" + percent_encoded(what.type);
  switch (what.what) {
  case at::top:
    if (!what.when.empty())
      return "/api/history?at=" + percent_encoded(what.when);
    return "/api/actors?limit=50&sort=" + what.sort + (type.empty() ? "" : '&' + type);
  case at::tree:
    return "/api/actors?view=tree&sort=" + what.sort;
  case at::actor:
    return "/api/actors/" + std::to_string(what.actor);
  case at::upstreams:
    return "/api/upstreams";
  case at::queues:
    return "/api/queues";
  case at::generations:
    return what.ended ? "/api/generations?state=ended" : "/api/generations?state=in_work";
  case at::generation:
    return "/api/generations/" + to_string(what.generation);
  case at::lints:
    return "/api/lints";
  case at::graveyard:
    return "/api/graveyard" + (type.empty() ? "" : '?' + type);
  case at::sessions:
    return "/api/sessions?sort=" + what.sort;
  case at::ledger:
    return "/api/ledger";
  case at::billing:
    return "/api/billing";
  case at::privacy:
    return "/api/privacy";
  case at::nodes:
    return "/api/nodes";
  case at::configuration:
    return "/api/configuration";
  case at::audit:
    return "/api/audit";
  case at::log:
    return "/api/log?level=" + what.level + "&limit=" + std::to_string(what.limit)
           + (what.find.empty() ? "" : "&find=" + percent_encoded(what.find));
  }
  return "/";
}

std::string text_of(const look& what, const json& answer) {
  using at = look::at;
  switch (what.what) {
  case at::top:
    if (!what.when.empty())
      return past_text(answer);
    return actor_table(list(answer, "actors"));
  case at::tree:
    return tree_text(answer);
  case at::actor:
    return actor_text(answer);
  case at::upstreams:
    return upstreams_text(answer);
  case at::queues:
    return queues_text(answer);
  case at::generations:
    return generations_text(answer);
  case at::generation:
    return generation_text(answer);
  case at::lints:
    return lints_text(answer);
  case at::graveyard:
    return graveyard_text(answer);
  case at::sessions:
    return sessions_head(answer) + '\n' + actor_table(list(answer, "sessions"));
  case at::ledger:
    return ledger_text(answer);
  case at::billing:
    return billing_text(answer);
  case at::privacy:
    return privacy_text(answer);
  case at::nodes:
    return nodes_text(answer);
  case at::configuration:
    return configuration_text(answer);
  case at::audit:
    return audit_text(answer);
  case at::log:
    return log_text(answer);
  }
  return {};
}

expected<std::string, std::string> top_page(const look& what, const operator_client& client, std::size_t rows) {
  const auto overview = client.get("/api/overview");
  if (!overview)
    return unexpected(overview.error());
  const auto actors = client.get(target_of(what));
  if (!actors)
    return unexpected(actors.error());
  std::string out = head_of(*overview) + '\n';
  if (what.type.empty())
    out += types_table(*overview) + '\n';
  out += "most by " + what.sort + (what.type.empty() ? "" : ", type " + what.type) + ": " + whole(*actors, "matching")
         + " match\n" + text_of(what, *actors);
  if (rows == 0)
    return out;
  std::size_t at = 0;
  for (std::size_t line = 0; line < rows && at != std::string::npos; ++line)
    at = out.find('\n', line == 0 ? 0 : at + 1);
  return at == std::string::npos ? out : out.substr(0, at);
}

int show(const look& what, const operator_client& client, const look_options& how, std::ostream& out,
         std::ostream& err) {
  if (what.what == look::at::top && what.when.empty() && !how.json) {
    const auto page = top_page(what, client, 0);
    (page ? out : err) << (page ? *page : "easelctl: " + page.error() + '\n');
    return page ? 0 : 1;
  }
  const auto answer = client.get(target_of(what));
  if (!answer) {
    err << "easelctl: " << answer.error() << '\n';
    return 1;
  }
  out << (how.json ? answer->dump() + '\n' : text_of(what, *answer));
  return 0;
}

} // namespace easel::easelctl
