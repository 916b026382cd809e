#include "tools/easelctl/subjects.hpp"

#include "tools/easelctl/values.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace easel::easelctl {
namespace {

std::string order_of(const std::string& text) {
  constexpr std::array<std::string_view, 7> orders{"mailbox", "rate", "busy", "age", "handled", "failures", "stalled"};
  if (std::find(orders.begin(), orders.end(), text) == orders.end())
    reject("--sort is one of mailbox, rate, busy, age, handled, failures, stalled, not '" + text + "'");
  return text;
}

constexpr std::int64_t most_log_lines = 2000; ///< that a server keeps

std::string level_of(const std::string& text) {
  constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
  if (std::find(levels.begin(), levels.end(), text) == levels.end())
    reject("--level is one of debug, info, warning, error, not '" + text + "'");
  return text;
}

/// "30s", "2min", "45".
std::int64_t seconds_of(const std::string& text) {
  constexpr std::int64_t longest = 24 * 60 * 60;
  const auto unit_at = text.find_first_not_of("0123456789");
  const auto unit = unit_at == std::string::npos ? std::string("s") : text.substr(unit_at);
  if (unit != "s" && unit != "min")
    reject("--for is a number of seconds or minutes, such as 30s or 2min, not '" + text + "'");
  const std::int64_t factor = unit == "min" ? 60 : 1;
  return factor * whole_number(text.substr(0, unit_at), "--for", longest / factor);
}

} // namespace

std::optional<look::at> look_named(const std::string& word) {
  static const std::map<std::string, look::at> names{
    {"top", look::at::top},
    {"tree", look::at::tree},
    {"actor", look::at::actor},
    {"upstreams", look::at::upstreams},
    {"queues", look::at::queues},
    {"generations", look::at::generations},
    {"generation", look::at::generation},
    {"graveyard", look::at::graveyard},
    {"sessions", look::at::sessions},
    {"nodes", look::at::nodes},
    {"audit", look::at::audit},
    {"lints", look::at::lints},
    {"log", look::at::log},
  };
  const auto found = names.find(word);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

command look_command(taker& t, look::at what) {
  using at = look::at;
  look out;
  out.what = what;
  if (what == at::actor)
    out.actor = static_cast<std::uint64_t>(
      whole_number(t.next("the actor's number"), "the actor's number", std::numeric_limits<std::int64_t>::max()));
  if (what == at::generation)
    out.generation = t.id<generation_id>("generation");
  if (what == at::top || what == at::tree || what == at::sessions)
    if (const auto order = t.option("--sort"))
      out.sort = order_of(*order);
  if (what == at::top || what == at::graveyard)
    out.type = t.text_option("--type", false);
  out.when = what == at::top ? t.text_option("--at", false) : std::string();
  if (!out.when.empty() && (!out.type.empty() || out.sort != look().sort))
    reject("--at shows all types: --sort and --type go without it");
  out.once = what == at::top && (t.flag("--once") || !out.when.empty());
  out.ended = what == at::generations && t.flag("--ended");
  if (what == at::log) {
    if (const auto level = t.option("--level"))
      out.level = level_of(*level);
    out.find = t.text_option("--find", false);
    if (const auto limit = t.option("--limit"))
      out.limit = whole_number(*limit, "--limit", most_log_lines);
  }
  out.url = t.text_option("--url", false);
  return out;
}

/// NAME FIELD=VALUE …, as the API takes them.
command act_command(taker& t) {
  act out;
  out.name = t.next("what to do");
  if (out.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos)
    reject("'" + out.name + "' is no action, such as suspend_account");
  while (t.has_more()) {
    const auto word = t.next("a field");
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      reject("'" + word + "' is no FIELD=VALUE, such as account=" + to_string(account_id{}));
    const auto name = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (name == "reason" || name == "stamp")
      reject("the reason is given with --reason");
    if (name == "weight" && value == "0")
      out.numbers.emplace_back(name, 0);
    else if (name == "actor" || name == "minutes" || name == "seconds" || name == "weight")
      out.numbers.emplace_back(name, whole_number(value, name.c_str(), std::numeric_limits<std::int32_t>::max()));
    else
      out.texts.emplace_back(name, value);
  }
  out.reason = t.text_option("--reason", false);
  out.yes = t.flag("--yes");
  out.url = t.text_option("--url", false);
  return out;
}

command trace_command(taker& t) {
  trace out;
  out.by = t.next("what to trace");
  if (out.by == "generation")
    out.which = to_string(t.id<generation_id>("generation"));
  else if (out.by == "account")
    out.which = to_string(t.id<account_id>("account"));
  else if (out.by == "type")
    out.which = t.next("the type");
  else if (out.by == "actor")
    out.actor = static_cast<std::uint64_t>(
      whole_number(t.next("the actor's number"), "the actor's number", std::numeric_limits<std::int32_t>::max()));
  else
    reject("what is traced is a generation, an account, a type or an actor, not '" + out.by + "'");
  if (const auto span = t.option("--for"))
    out.seconds = seconds_of(*span);
  if (const auto limit = t.option("--limit"))
    out.events = whole_number(*limit, "--limit", std::numeric_limits<std::int32_t>::max());
  out.reason = t.text_option("--reason", out.by == "account");
  out.url = t.text_option("--url", false);
  return out;
}

} // namespace easel::easelctl
