#include "actors/console_board.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace easel::actors {

namespace {

using std::chrono::duration_cast;
using milliseconds = std::chrono::milliseconds;

constexpr std::size_t most_findings = 500; ///< about actors, before the worst of them are chosen
constexpr double too_few = 0.05;           ///< fading counts below this are as good as none

double per_second(std::uint64_t now, std::uint64_t before, double seconds) {
  return now > before ? static_cast<double>(now - before) / seconds : 0;
}

template <class T>
auto relaxed(const std::atomic<T>& value) {
  return value.load(std::memory_order_relaxed);
}

float& value_at(console_sample& out, series which) { return out.values[static_cast<std::size_t>(which)]; }

std::optional<milliseconds> left_until(std::int64_t until) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto left = duration_cast<milliseconds>(std::chrono::nanoseconds(until) - now);
  return until == upstream_vitals::never || left.count() <= 0 ? std::nullopt : std::optional(left);
}

std::string_view to_string(policies::call_kind kind) {
  constexpr std::array<std::string_view, policies::all_call_kinds.size()> names{"moderate", "draw", "create task",
                                                                                "poll task", "download"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(upstream_vitals::health health) {
  using h = upstream_vitals::health;
  return health == h::closed ? "closed" : health == h::open ? "open" : "half_open";
}

std::string words_of(const upstream_view& u) {
  if (u.drained_for)
    return u.in_flight > 0 ? "draining, " + std::to_string(u.in_flight) + " in flight" : "drained";
  if (u.paused_for)
    return u.in_flight > 0 ? "paused, " + std::to_string(u.in_flight) + " in flight" : "paused";
  if (!u.funded)
    return "out of upstream credit";
  if (u.breaker == "open")
    return u.held_open_for ? "held open" : "cooling down";
  if (u.breaker == "half_open")
    return "probing";
  if (u.starts_per_window > 0 && u.window_used >= u.starts_per_window)
    return "waiting for its start window";
  return u.in_flight >= u.concurrency ? "full" : u.in_flight > 0 ? "at work" : "idle";
}

upstream_view plain_view(const upstream_vitals& v) {
  upstream_view out;
  out.to = to_string(v.to);
  out.label = v.settings.label;
  out.breaker = to_string(relaxed(v.breaker));
  out.actor = relaxed(v.actor);
  out.opens_in = left_until(relaxed(v.open_until));
  if (out.breaker == "open" && !out.opens_in)
    out.breaker = "half_open"; // its time is over, and nobody has called since
  (relaxed(v.drains) ? out.drained_for : out.paused_for) = left_until(relaxed(v.paused_until));
  out.held_open_for = left_until(relaxed(v.opened_until));
  out.weight = relaxed(v.weight);
  out.configured_weight = v.settings.weight;
  out.concurrency = v.settings.concurrency;
  out.in_flight = relaxed(v.in_flight);
  out.waiting = relaxed(v.waiting);
  out.credit = relaxed(v.credit);
  out.starts_per_window = v.settings.starts_per_window;
  out.window_used = relaxed(v.window_used);
  out.window = v.settings.window;
  out.funded = relaxed(v.funded);
  if (const auto left = relaxed(v.upstream_credit); left >= 0)
    out.upstream_credit = left;
  out.calls = relaxed(v.calls);
  for (const auto what : policies::all_failure_classes)
    if (const auto count = relaxed(v.failures[static_cast<std::size_t>(what)]); count > 0)
      out.failures.push_back({policies::to_string(what), count});
  if (const auto last = relaxed(v.last_failure); last >= 0) {
    out.last_failure = policies::to_string(static_cast<policies::failure_class>(last));
    out.last_failure_ago = duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()
                                                       - std::chrono::nanoseconds(relaxed(v.last_failure_at)));
  }
  out.state = words_of(out);
  return out;
}

/// Worth a closer look: what nearly every actor passes without an allocation, each second.
bool is_suspect(const vitals& v, std::uint64_t waiting, steady_moment now) {
  const auto due = relaxed(v.deadline);
  return stall_of(v, waiting, now) > policies::shortest_patience || waiting > policies::deep_mailbox
         || (waiting >= policies::growing_mailbox && v.trend.rises() >= policies::growing_rises)
         || v.overruns_lately.lately() >= policies::many_overruns
         || (due != vitals::none && std::chrono::nanoseconds(due) + policies::hold_patience < now.time_since_epoch());
}

} // namespace

void console_board::fading::fold(const buckets& now, double keep) {
  for (std::size_t i = 0; i < now.size(); ++i)
    recent[i] = recent[i] * keep + static_cast<double>(now[i] - before[i]);
  before = now;
}

quantiles console_board::fading::read() const {
  quantiles out;
  out.count = std::accumulate(before.begin(), before.end(), std::uint64_t{0});
  if (std::accumulate(recent.begin(), recent.end(), 0.0) < too_few)
    return out;
  out.p50 = policies::quantile(recent, 0.5);
  out.p95 = policies::quantile(recent, 0.95);
  out.p99 = policies::quantile(recent, 0.99);
  return out;
}

void console_board::count_kinds(console_sample& out, const directory& live, double seconds, double keep) {
  const auto totals = live.totals();
  double messages = 0, busy = 0, actors = 0, waiting = 0;
  for (const auto& [kind, t] : totals) {
    const auto& before = kinds_before_[kind];
    auto& failed = failed_lately_[kind];
    failed = failed * keep + static_cast<double>(t.ended_failed - before.ended_failed);
    kind_view view{std::string(kind),
                   t.live,
                   t.waiting,
                   per_second(t.handled, before.handled, seconds),
                   per_second(t.busy_ns, before.busy_ns, seconds) / 1e9,
                   t.handled,
                   t.failures,
                   t.ended_normally + t.ended_failed,
                   t.ended_failed};
    messages += view.rate;
    busy += view.busy;
    actors += static_cast<double>(t.live);
    waiting += static_cast<double>(t.waiting);
    out.kinds.push_back(std::move(view));
  }
  kinds_before_ = totals;
  value_at(out, series::messages) = static_cast<float>(messages);
  value_at(out, series::busy) = static_cast<float>(busy);
  value_at(out, series::actors) = static_cast<float>(actors);
  value_at(out, series::waiting) = static_cast<float>(waiting);
}

void console_board::count_stages(console_sample& out, const gauges& counts, double keep) {
  for (const auto t : all_tiers)
    for (const auto s : all_stages) {
      const auto i = static_cast<std::size_t>(t), j = static_cast<std::size_t>(s);
      stages_[i][j].fold(counts.stages[i][j].read(), keep);
      out.stages.push_back({t, actors::to_string(s), stages_[i][j].read()});
      if (s != stage::whole || !out.stages.back().took.p50)
        continue;
      const auto in_seconds = [](duration d) { return std::chrono::duration<float>(d).count(); };
      const auto& took = out.stages.back().took;
      value_at(out, t == tier::free ? series::p50_free : series::p50_paid) = in_seconds(*took.p50);
      value_at(out, t == tier::free ? series::p95_free : series::p95_paid) = in_seconds(*took.p95);
    }
}

void console_board::count_upstreams(console_sample& out, const upstream_board& upstreams, double seconds, double keep) {
  double calls = 0, failures = 0;
  for (const auto& v : upstreams.all()) {
    auto& lately = upstreams_[v.get()];
    auto view = plain_view(*v);
    std::uint64_t failed = 0;
    for (const auto& one : view.failures)
      failed += one.count;
    view.rate = per_second(view.calls, lately.calls_before, seconds);
    calls += view.rate;
    failures += per_second(failed, lately.failures_before, seconds);
    lately.calls = lately.calls * keep + static_cast<double>(view.calls - lately.calls_before);
    lately.failures = lately.failures * keep + static_cast<double>(failed - lately.failures_before);
    lately.calls_before = view.calls;
    lately.failures_before = failed;
    view.failing = lately.calls < too_few ? 0 : std::min(lately.failures / lately.calls, 1.0);
    for (const auto kind : policies::all_call_kinds) {
      const auto k = static_cast<std::size_t>(kind);
      lately.latency[k].fold(v->latency[k].read(), keep);
      if (auto took = lately.latency[k].read(); took.count > 0)
        view.latency.push_back({to_string(kind), std::move(took)});
    }
    out.upstreams.push_back(std::move(view));
  }
  value_at(out, series::upstream_calls) = static_cast<float>(calls);
  value_at(out, series::upstream_failures) = static_cast<float>(failures);
}

void console_board::count_flow(console_sample& out, const gauges& counts, double seconds) {
  value_at(out, series::live) = static_cast<float>(relaxed(counts.live));
  value_at(out, series::queued_free) = static_cast<float>(relaxed(counts.queued[0]));
  value_at(out, series::queued_paid) = static_cast<float>(relaxed(counts.queued[1]));
  std::uint64_t refused = relaxed(counts.refused);
  for (const auto& one : counts.rate_refused)
    refused += relaxed(one);
  const std::array<std::pair<series, std::uint64_t>, 6> flows{{{series::completed, relaxed(counts.ended[0])},
                                                               {series::failed, relaxed(counts.ended[1])},
                                                               {series::blocked, relaxed(counts.ended[2])},
                                                               {series::cancelled, relaxed(counts.ended[3])},
                                                               {series::images, relaxed(counts.images)},
                                                               {series::refused, refused}}};
  for (std::size_t i = 0; i < flows.size(); ++i) {
    value_at(out, flows[i].first) = static_cast<float>(per_second(flows[i].second, flow_before_[i], seconds));
    flow_before_[i] = flows[i].second;
  }
}

// Each actor's own rates are kept with it: a list of any length is then ordered without a memory of the last one.
std::vector<concern> console_board::rate_actors(const directory& live, steady_moment now, double seconds, double keep) {
  std::vector<concern> found;
  std::set<std::uint64_t> parents;
  std::uint64_t latest_parent = 0;
  live.for_each([&](const vitals& v) {
    const auto handled = relaxed(v.handled);
    const auto busy = relaxed(v.busy_ns);
    const auto overruns = v.overruns.load(std::memory_order_acquire);
    v.rate_milli.store(static_cast<std::uint32_t>(per_second(handled, v.handled_before, seconds) * 1000),
                       std::memory_order_relaxed);
    v.busy_permille.store(static_cast<std::uint32_t>(std::min(per_second(busy, v.busy_before, seconds) / 1e6, 1000.0)),
                          std::memory_order_relaxed);
    v.overruns_lately.add(static_cast<double>(overruns - v.overruns_before), keep);
    v.handled_before = handled;
    v.busy_before = busy;
    v.overruns_before = overruns;
    const auto waiting = v.depth();
    v.trend.look(waiting);
    if (v.parent != latest_parent)
      parents.insert(latest_parent = v.parent);
    if (found.size() < most_findings && is_suspect(v, waiting, now))
      for (auto& one : concerns_of(v, std::nullopt, now))
        found.push_back(std::move(one));
  });
  std::erase_if(parents, [&](std::uint64_t parent) { return parent == 0 || live.find(parent) != nullptr; });
  std::erase_if(parents_gone_, [&](const auto& gone) { return !parents.contains(gone.first); });
  for (const auto parent : parents)
    parents_gone_.emplace(parent, now);
  if (!parents_gone_.empty())
    live.for_each([&](const vitals& v) {
      if (const auto gone = parents_gone_.find(v.parent); gone != parents_gone_.end() && found.size() < most_findings)
        for (auto& one : concerns_of(v, duration_cast<duration>(now - gone->second), now))
          if (one.lint == policies::lint::actor_without_owner)
            found.push_back(std::move(one));
    });
  return found;
}

std::vector<queue_view> queues_of(const house_context& context, const console_sample& sample) {
  const auto& s = context.settings;
  const auto& counts = *context.counts;
  std::vector<queue_view> out;
  for (const auto t : all_tiers) {
    const auto i = static_cast<std::size_t>(t);
    const auto place = relaxed(counts.place_us[i]);
    out.push_back({std::string(to_string(t)) + " tier: images waiting for a slot", relaxed(counts.queued[i]),
                   s.limits_of(t).max_queued, place > 0 ? std::optional(duration(place)) : std::nullopt,
                   relaxed(counts.pool_sick[i])});
  }
  std::int64_t moderation = 0;
  for (const auto& u : sample.upstreams)
    if (u.to == to_string(recipient::openai_moderation))
      moderation += u.waiting;
  const auto mail_of = [&](std::string_view kind) {
    const auto found =
      std::find_if(sample.kinds.begin(), sample.kinds.end(), [&](const auto& k) { return k.kind == kind; });
    return found == sample.kinds.end() ? std::int64_t{0} : static_cast<std::int64_t>(found->waiting);
  };
  out.push_back({"prompts waiting for moderation", moderation, std::nullopt, std::nullopt, false});
  out.push_back({"generations in work", relaxed(counts.live), s.max_live_generations, std::nullopt, false});
  out.push_back({"commands waiting for the database", mail_of("store worker"), s.store_queue, std::nullopt, false});
  out.push_back({"lines of the access log", static_cast<std::int64_t>(context.access->size()), s.access_log.queue,
                 std::nullopt, false});
  out.push_back({"steps of sign-ins", relaxed(counts.signing_in), s.sign_in.under_way, std::nullopt, false});
  return out;
}

} // namespace easel::actors
