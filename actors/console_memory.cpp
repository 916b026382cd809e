#include "actors/console_memory.hpp"

#include "actors/context.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

namespace easel::actors {

namespace {

using policies::console_event;
using policies::console_event_kind;

constexpr std::size_t most_named = 4; ///< actors of one type that start in one second, before they are told as a number

/// Their coming and going is the work itself, and its rates are in the history.
constexpr std::array<std::string_view, 2> come_and_go{"generation", "session"};

bool lasts(std::string_view type) {
  return std::find(come_and_go.begin(), come_and_go.end(), type) == come_and_go.end();
}

std::string named(std::string_view type, std::uint64_t id) { return std::string(type) + " #" + std::to_string(id); }
std::string many(std::string_view type, std::uint64_t count) {
  return std::string(type) + " × " + std::to_string(count);
}

std::uint32_t narrow(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

void console_memory::note(console_event what) {
  const std::lock_guard lock(guard_);
  events_.add(std::move(what));
}

void console_memory::take(const console_sample& sample, const directory& live, const gauges& counts, steady now) {
  event_list events;
  find_node(events, sample, counts, now);
  find_ends(events, sample, live);
  find_starts(events, sample, live);
  find_upstreams(events, sample);
  std::vector<policies::named_figures> all;
  all.reserve(sample.kinds.size());
  // An actor that ends while totals are taken is in none of them: what only grows is then less for one sample.
  for (const auto& k : sample.kinds) {
    auto& before = failures_before_[k.kind];
    const auto failures = k.failures + k.ended_failed;
    all.push_back({k.kind,
                   {narrow(k.live), narrow(k.waiting), static_cast<float>(k.rate), static_cast<float>(k.busy),
                    narrow(failures - std::min(failures, before))}});
    before = std::max(failures, before);
  }
  const std::lock_guard lock(guard_);
  types_.add(sample.at, all);
  const auto told = std::min(events.size(), most_in_one_sample);
  for (std::size_t i = 0; i < told; ++i)
    events_.add(std::move(events[i]));
  events_.skip(events.size() - told + std::exchange(unnamed_, 0));
}

void console_memory::find_ends(event_list& out, const console_sample& sample, const directory& live) {
  std::uint64_t failed = 0;
  for (const auto& k : sample.kinds) {
    auto& before = ends_before_[k.kind];
    const auto more = k.ended_failed - before.failed;
    before.failed = k.ended_failed;
    before.awaited += lasts(k.kind) ? more : 0;
    failed += more;
  }
  if (failed == 0)
    return;
  std::uint64_t told = 0;
  auto latest = latest_grave_;
  for (const auto& grave : live.graveyard()) { // newest first
    if (!grave.failed || grave.ended <= latest_grave_)
      continue;
    latest = std::max(latest, grave.ended);
    if (told++ < most_in_one_sample)
      out.push_back({sample.at, console_event_kind::actor_failed, named(grave.kind, grave.id), grave.reason, grave.id});
  }
  latest_grave_ = latest;
  unnamed_ += told - std::min<std::uint64_t>(told, most_in_one_sample);
}

void console_memory::find_starts(event_list& out, const console_sample& sample, const directory& live) {
  for (const auto& k : sample.kinds) {
    auto& before = ends_before_[k.kind];
    const auto started = k.live + k.ended;
    const auto more = started - std::min(started, before.started);
    before.started = std::max(started, before.started);
    if (more == 0 || !lasts(k.kind))
      continue;
    const auto how = before.awaited > 0 ? console_event_kind::actor_restarted : console_event_kind::actor_started;
    before.awaited -= std::min(before.awaited, more);
    if (more > most_named) {
      out.push_back({sample.at, how, many(k.kind, more), ""});
      continue;
    }
    std::vector<std::uint64_t> ids;
    live.for_each([&](const vitals& v) {
      if (k.kind == v.kind)
        ids.push_back(v.id);
    });
    std::sort(ids.begin(), ids.end(), std::greater<>());
    ids.resize(std::min<std::size_t>(ids.size(), more));
    for (auto id = ids.rbegin(); id != ids.rend(); ++id)
      out.push_back({sample.at, how, named(k.kind, *id), "", *id});
  }
}

void console_memory::find_upstreams(event_list& out, const console_sample& sample) {
  for (const auto& u : sample.upstreams) {
    const auto name = std::string(u.to) + '/' + u.label;
    const bool is_paused = u.paused_for.has_value();
    auto& before = upstreams_before_[name];
    const bool is_closed = u.breaker == "closed";
    if (is_closed != before.is_closed)
      out.push_back({sample.at, is_closed ? console_event_kind::breaker_closed : console_event_kind::breaker_opened,
                     name, std::string(is_closed ? "" : u.last_failure.value_or("")), u.actor});
    if (is_paused != before.paused)
      out.push_back({sample.at, is_paused ? console_event_kind::upstream_paused : console_event_kind::upstream_resumed,
                     name, "", u.actor});
    before = {is_closed, is_paused};
  }
}

void console_memory::find_node(event_list& out, const console_sample& sample, const gauges& counts, steady now) {
  const bool holds = now.time_since_epoch() < std::chrono::nanoseconds(counts.lease_until.load());
  if (holds != std::exchange(holds_lease_, holds))
    out.push_back({sample.at, holds ? console_event_kind::node_joined : console_event_kind::node_left, "this node",
                   holds ? "it holds its lease" : "its lease is over"});
  if (sample.draining && !drains_)
    out.push_back({sample.at, console_event_kind::node_draining, "this node", ""});
  drains_ = sample.draining; // it may be resumed, and drained again
  const auto taken = counts.taken_over.load();
  if (const auto more = taken - std::exchange(taken_over_, taken); more > 0)
    out.push_back({sample.at, console_event_kind::work_taken_over, many("generation", more), "of a node that is gone"});
  const auto resumed = counts.resumed.load();
  if (const auto more = resumed - std::exchange(resumed_, resumed); more > 0)
    out.push_back({sample.at, console_event_kind::actor_restarted, many("generation", more), "from its row"});
}

std::optional<console_moment> console_memory::find(instant wanted) const {
  const std::lock_guard lock(guard_);
  const auto found = types_.find(wanted);
  if (!found)
    return std::nullopt;
  console_moment out;
  out.at = found->at;
  out.step = found->step;
  out.oldest = *types_.oldest();
  for (const auto& [type, figures] : found->types)
    out.types.emplace_back(type, figures);
  out.types_left_out = types_.left_out();
  out.events = events_.latest(wanted, most_told);
  out.events_dropped = events_.dropped();
  return out;
}

} // namespace easel::actors
