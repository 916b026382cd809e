#include "tools/simulator/world.hpp"

#include <charconv>

/// The control endpoint and the page for people.
namespace easel::simulator {
namespace {

void reply_text(visit& v, int status, std::string text, std::string type = "application/json") {
  auto a = json_answer(status, std::move(text));
  a.content_type = std::move(type);
  v.reply(to_script(std::move(a))); // not noted: looking must not change what is seen
}

void reply_error(visit& v, int status, const std::string& why) {
  reply_text(v, status, json{{"error", {{"message", why}}}}.dump());
}

/// Prompts that are no UTF-8 are shown with replacement characters.
std::string show(const json& value) { return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; }

json state_of(world& all) {
  return {{"simulated", true},
          {"routes", all.book.counters()},
          {"tasks", all.tasks.size()},
          {"credits", all.tasks.balance()},
          {"behaviour", all.rules.configuration()}};
}

struct filter {
  std::optional<route> where;
  bool valid = true;
};

filter read_filter(const visit& v) {
  auto it = v.request.query.find("route");
  if (it == v.request.query.end())
    return {};
  auto known = parse_route(it->second);
  return {known, known.has_value()};
}

void show_received(visit& v, const filter& f) {
  std::size_t limit = 100;
  auto text = v.request.query_value("limit");
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
    return reply_error(v, 400, "limit is not a number");
  reply_text(v, 200, show(v.all.book.received(f.where, limit)));
}

void show_count(visit& v, const filter& f) {
  std::optional<std::string> prompt;
  if (auto it = v.request.query.find("prompt"); it != v.request.query.end())
    prompt = it->second;
  reply_text(v, 200, show(v.all.book.count(f.where, prompt)));
}

void change_behaviour(visit& v) {
  bool deep = nests_deeper_than(v.request.body, 64);
  auto patch = json::parse(deep ? std::string{} : v.request.body, nullptr, false);
  if (patch.is_discarded())
    return reply_error(v, 400, "malformed JSON");
  if (auto wrong = v.all.rules.merge(patch))
    return reply_error(v, 400, *wrong);
  if (patch.contains("kie.credit"))
    v.all.tasks.set_balance(v.all.rules.peek(route::kie_credit).credits);
  reply_text(v, 200, show(v.all.rules.configuration()));
}

void reset(visit& v) {
  v.all.rules.reset();
  v.all.book.clear();
  v.all.tasks.clear();
  reply_text(v, 200, show(state_of(v.all)));
}

} // namespace

void serve_control(visit v) {
  const auto& path = v.request.path;
  if (path == "/control/behaviour" && v.request.method == "POST")
    return change_behaviour(v);
  if (path == "/control/reset" && v.request.method == "POST")
    return reset(v);
  if (v.request.method != "GET")
    return reply_error(v, 404, "no such control");
  auto f = read_filter(v);
  if (!f.valid)
    return reply_error(v, 400, "unknown route");
  if (path == "/control/state")
    return reply_text(v, 200, show(state_of(v.all)));
  if (path == "/control/behaviour")
    return reply_text(v, 200, show(v.all.rules.configuration()));
  if (path == "/control/received")
    return show_received(v, f);
  if (path == "/control/count")
    return show_count(v, f);
  reply_error(v, 404, "no such control");
}

void serve_home(visit v) {
  std::string rows;
  auto counters = v.all.book.counters();
  for (const auto& [name, t] : counters.items())
    rows += "<tr><td>" + name + "<td>" + t["calls"].dump() + "<td>" + t["in_flight"].dump() + "<td>"
            + t["faults"].dump() + "<td>" + t["bytes"].dump();
  reply_text(v, 200,
             "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated upstreams</title>"
             "<style>body{font:16px system-ui;margin:3em auto;max-width:44em}td,th{padding:.2em 1em;text-align:right}"
             "td:first-child,th:first-child{text-align:left}.band{height:14px;background:repeating-linear-gradient("
             "135deg,#1a1a1f 0 10px,#facc26 10px 20px)}</style><div class=band></div><h1>Simulated upstreams</h1>"
             "<p>Nothing here is real: this program imitates sub2api, kie.ai and OpenAI moderation for development and "
             "tests, and draws its pictures itself.<table><tr><th>route<th>calls<th>in flight<th>faults<th>bytes"
               + rows + "</table><p><a href=/control/state>state</a> · <a href=/control/received>received</a></html>\n",
             "text/html; charset=utf-8");
}

} // namespace easel::simulator
