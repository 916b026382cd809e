#include "tools/easelctl/past_look.hpp"

#include "tools/easelctl/json_fields.hpp"
#include "tools/easelctl/text_table.hpp"

#include <algorithm>

namespace easel::easelctl {

namespace {

using nlohmann::json;

std::string moment_head(const json& moment) {
  const auto values = moment.value("values", json::object());
  const auto v = [&](const char* name) { return number(values, name); };
  const bool is_minute = number(moment, "step_ms") > 1000;
  return "as of " + text(moment, "at") + (is_minute ? ", a minute" : "") + "; kept since " + text(moment, "oldest")
         + "\ngenerations: " + whole(values, "live") + " in work, " + per_second(v("completed")) + "/s completed, "
         + per_second(v("failed")) + "/s failed, queued " + whole(values, "queued_free") + " free "
         + whole(values, "queued_paid") + " paid; upstream calls " + per_second(v("upstream_calls")) + "/s, failing "
         + per_second(v("upstream_failures")) + "/s\n";
}

std::string moment_types(const json& moment) {
  text_table table(
    {{"TYPE"}, {"LIVE", true}, {"MAIL", true}, {"MSG/S", true}, {"BUSY", true}, {""}, {"FAILURES", true}});
  auto types = list(moment, "types");
  std::sort(types.begin(), types.end(),
            [](const auto& a, const auto& b) { return number(a, "busy") > number(b, "busy"); });
  for (const auto& t : types)
    if (number(t, "live") > 0 || number(t, "rate") > 0 || number(t, "failures") > 0)
      table.add({text(t, "kind"), whole(t, "live"), whole(t, "waiting"), per_second(number(t, "rate")),
                 percent(number(t, "busy")), bar(number(t, "busy"), 10), whole(t, "failures")});
  return table.text();
}

std::string events_table(const json& moment) {
  text_table table({{"AT"}, {"WHAT"}, {"ABOUT"}, {""}});
  for (const auto& e : list(moment, "events")) {
    auto what = text(e, "what");
    std::replace(what.begin(), what.end(), '_', ' ');
    table.add({text(e, "at"), std::move(what), text(e, "about"), text(e, "detail", "")});
  }
  return table.empty() ? "nothing that is remembered\n" : table.text();
}

} // namespace

std::string past_text(const json& answer) {
  std::string out =
    moment_head(answer) + '\n' + moment_types(answer) + "\nwhat happened until then\n" + events_table(answer);
  if (number(answer, "events_dropped") > 0)
    out += whole(answer, "events_dropped") + " older events are no longer kept\n";
  if (number(answer, "types_left_out") > 0)
    out += whole(answer, "types_left_out") + " figures of further types were not kept\n";
  return out;
}

} // namespace easel::easelctl
