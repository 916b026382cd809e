#include "actors/console_board.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

constexpr auto page_pause = std::chrono::seconds(30);

concern concern_of(policies::lint_finding found, std::string link) {
  return {found.which, std::move(found.about), std::move(found.what), std::move(found.evidence), std::move(link), {}};
}

void add(std::vector<concern>& to, policies::lint_findings found, const std::string& link) {
  for (auto& one : found)
    to.push_back(concern_of(std::move(one), link));
}

duration lateness(steady_moment due, steady_moment now) {
  return std::chrono::duration_cast<duration>(now > due ? now - due : steady_moment::duration());
}

std::string view_about(const policies::lint_finding& promise) {
  if (promise.which == policies::lint::tier_breach)
    return "#/upstreams";
  if (promise.which == policies::lint::promise_overdue)
    return promise.about == "retention" ? "#/privacy" : "#/billing";
  return "#/privacy";
}

} // namespace

std::vector<concern> concerns_of(const upstream_view& u) {
  policies::upstream_figures figures;
  figures.name = std::string(u.to) + " “" + u.label + "”";
  figures.funded = u.funded;
  figures.open = u.breaker == "open";
  figures.probes_in = u.opens_in;
  figures.last_failure = u.last_failure;
  figures.paused_for = u.drained_for ? u.drained_for : u.paused_for;
  figures.is_drained = u.drained_for.has_value();
  figures.held_open_for = u.held_open_for;
  figures.failing = u.failing;
  figures.calls = u.calls;
  std::vector<concern> out;
  add(out, policies::judge(figures), "#/upstreams");
  return out;
}

std::vector<concern> concerns_of(const vitals& v, std::optional<duration> ownerless, steady_moment now) {
  const auto view = view_of(v, now);
  policies::actor_figures figures;
  figures.id = v.id;
  figures.kind = v.kind;
  if (view.last) {
    figures.message = view.last->type;
    figures.running = view.last->running;
  }
  figures.stalled = view.stalled;
  figures.waiting = view.waiting;
  figures.rises = v.trend.rises();
  figures.risen_from = v.trend.from();
  figures.overruns = v.overruns_lately.lately();
  const auto overrun_message = label_of(v.overrun_message.load(std::memory_order_relaxed));
  figures.overrun_message = overrun_message;
  figures.overrun =
    std::chrono::duration_cast<duration>(std::chrono::nanoseconds(v.overrun_ns.load(std::memory_order_relaxed)));
  figures.ownerless = ownerless;
  if (const auto due = v.deadline.load(std::memory_order_relaxed); due != vitals::none)
    figures.overdue = lateness(steady_moment(std::chrono::nanoseconds(due)), now);
  std::vector<concern> out;
  add(out, policies::judge(figures), "#/actor/" + std::to_string(v.id));
  return out;
}

std::vector<std::string_view> console_board::missing_for_long(steady_moment now) {
  if (page_seen_ && now - *page_seen_ < page_pause)
    return missing_twice_;
  page_seen_ = now;
  std::vector<std::string_view> missing;
  {
    std::lock_guard lock(page_guard_);
    if (page_)
      missing = policies::missing_series(page_());
  }
  missing_twice_.clear();
  for (const auto series : missing)
    if (std::find(missing_.begin(), missing_.end(), series) != missing_.end())
      missing_twice_.push_back(series);
  missing_ = std::move(missing);
  return missing_twice_;
}

void console_board::date(std::vector<concern>& all, instant at) {
  std::map<std::pair<policies::lint, std::string>, instant> found;
  for (auto& one : all) {
    const auto key = std::pair(one.lint, one.about);
    const auto before = found_since_.find(key);
    one.since = before == found_since_.end() ? at : before->second;
    if (before == found_since_.end())
      log.detail("found: " + one.what + ". " + one.evidence);
    found.emplace(key, one.since);
  }
  for (const auto& [key, since] : found_since_)
    if (!found.contains(key))
      log.detail("found no more: " + std::string(policies::rule_of(key.first).id) + " at " + key.second);
  found_since_ = std::move(found);
}

void console_board::find_concerns(console_sample& out, std::vector<concern> of_actors, steady_moment now) {
  auto& all = out.concerns;
  add(all, policies::judge_database(out.database_silent), "#/actors?type=store%20worker");
  if (promises_)
    for (auto& one : policies::judge(promises_())) {
      auto link = view_about(one);
      all.push_back(concern_of(std::move(one), std::move(link)));
    }
  for (const auto& q : out.queues)
    if (q.stalled)
      all.push_back(concern_of(policies::judge_stalled_queue(q.name), "#/upstreams"));
  for (const auto& u : out.upstreams)
    for (auto& one : concerns_of(u))
      all.push_back(std::move(one));
  for (const auto& [kind, failed] : failed_lately_)
    add(all, policies::judge_ends(kind, failed), "#/graveyard");
  add(all, policies::judge_series(missing_for_long(now)), "#/lints");
  for (auto& one : of_actors)
    all.push_back(std::move(one));
  date(all, out.at);
  for (const auto& one : all)
    ++out.findings[static_cast<std::size_t>(one.lint)];
  // Urgent ones first; of those that are alike, what was found first.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.rule().urgent != b.rule().urgent ? a.rule().urgent
           : a.lint != b.lint                 ? a.lint < b.lint
                                              : a.since < b.since;
  });
  if (all.size() > most_concerns) {
    out.more_concerns = all.size() - most_concerns;
    all.resize(most_concerns);
  }
}

} // namespace easel::actors
