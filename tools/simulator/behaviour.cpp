#include "tools/simulator/behaviour.hpp"

#include "tools/simulator/triggers.hpp"

#include <algorithm>
#include <cmath>

namespace easel::simulator {
namespace {

constexpr std::array<std::string_view, route_count> route_names{
  "moderation", "sub2api", "kie.create", "kie.task", "kie.poll", "kie.download", "kie.callback", "kie.credit", "other"};

constexpr std::array<std::string_view, 19> fault_names{
  "status",    "hang",      "reset",       "drip",          "truncate",     "garbage", "content_type",
  "html",      "oversized", "lost_answer", "refuse",        "error_in_200", "partial", "no_completion",
  "bad_image", "twice",     "never",       "bad_signature", "stale"};

template <class Enum, std::size_t Size>
std::optional<Enum> find_name(const std::array<std::string_view, Size>& names, std::string_view text) {
  auto it = std::find(names.begin(), names.end(), text);
  return it == names.end() ? std::nullopt : std::optional(static_cast<Enum>(it - names.begin()));
}

bool applies(const fault& f, std::string_view prompt) {
  return f.left != 0 && (f.match.empty() || prompt.find(f.match) != std::string_view::npos);
}

} // namespace

std::string_view to_string(route r) { return route_names[std::size_t(r)]; }

std::optional<route> parse_route(std::string_view text) { return find_name<route>(route_names, text); }

std::string_view to_string(fault_kind k) { return fault_names[std::size_t(k)]; }

std::optional<fault_kind> parse_fault_kind(std::string_view text) { return find_name<fault_kind>(fault_names, text); }

milliseconds latency::sample(std::mt19937_64& random) const {
  // Written out, because the standard distributions may differ between libraries and a seed must mean one thing.
  double unit = double(random() >> 11) * 0x1.0p-53;
  switch (kind) {
  case form::uniform:
    return milliseconds(std::llround(low + unit * (high - low)));
  case form::exponential:
    return milliseconds(std::llround(std::min(-low * std::log1p(-unit), high)));
  case form::fixed:
    break;
  }
  return milliseconds(std::llround(low));
}

behaviours::behaviours() { reset(); }

void behaviours::reset() {
  std::lock_guard lock(mutex_);
  document_ = json::object();
  starts_.clear();
  for (std::size_t i = 0; i < route_count; ++i) {
    route_behaviour plain;
    if (route(i) == route::kie_task)
      plain.delay.low = 150;
    rules_[i].random.seed(i + 1);
    apply(route(i), plain);
  }
}

void behaviours::apply(route r, route_behaviour how) {
  auto& own = rules_[std::size_t(r)];
  own.faults = std::move(how.faults);
  how.faults.clear();
  own.how = std::move(how);
}

std::optional<std::string> behaviours::merge(const json& patch) {
  if (!patch.is_object())
    return "the behaviour must be an object";
  std::lock_guard lock(mutex_);
  auto merged = document_;
  merged.merge_patch(patch);
  std::vector<std::pair<route, route_behaviour>> fresh;
  for (const auto& [name, value] : patch.items()) {
    if (name == "seed") {
      if (!value.is_number_unsigned())
        return "seed must be a number";
      continue;
    }
    auto r = parse_route(name);
    if (!r || *r == route::other)
      return "unknown route " + name;
    route_behaviour how;
    if (*r == route::kie_task)
      how.delay.low = 150;
    if (merged.contains(name))
      if (auto wrong = read_behaviour(*r, merged[name], how))
        return name + ": " + *wrong;
    fresh.emplace_back(*r, std::move(how));
  }
  document_ = std::move(merged);
  for (auto& [r, how] : fresh)
    apply(r, std::move(how));
  if (patch.contains("seed"))
    for (std::size_t i = 0; i < route_count; ++i)
      rules_[i].random.seed(patch["seed"].get<std::uint64_t>() * route_count + i);
  return std::nullopt;
}

json behaviours::configuration() const {
  std::lock_guard lock(mutex_);
  return document_;
}

decision behaviours::decide(route r, std::string_view prompt) {
  std::lock_guard lock(mutex_);
  auto& own = rules_[std::size_t(r)];
  decision out{own.how, std::nullopt, own.how.delay.sample(own.random)};
  auto asked = read_triggers(r, prompt);
  if (asked.delay)
    out.delay = *asked.delay;
  out.wrong = std::move(asked.wrong);
  for (auto& f : own.faults) {
    if (out.wrong || !applies(f, prompt))
      continue;
    if (f.probability < 1 && double(own.random() >> 11) * 0x1.0p-53 >= f.probability)
      continue;
    if (f.left > 0)
      --f.left;
    out.wrong = f;
  }
  return out;
}

route_behaviour behaviours::peek(route r) const {
  std::lock_guard lock(mutex_);
  return rules_[std::size_t(r)].how;
}

bool behaviours::may_start() {
  std::lock_guard lock(mutex_);
  const auto& how = rules_[std::size_t(route::kie_create)].how;
  if (how.start_limit == 0)
    return true;
  auto now = std::chrono::steady_clock::now();
  while (!starts_.empty() && starts_.front() <= now - how.start_window)
    starts_.pop_front();
  if (starts_.size() >= std::size_t(how.start_limit))
    return false;
  starts_.push_back(now);
  return true;
}

} // namespace easel::simulator
