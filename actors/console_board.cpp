#include "actors/console_board.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace easel::actors {

namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

/// The mean of what was measured, series by series.
history_point mean_of(const std::vector<history_point>& points) {
  history_point out;
  out.at = points.back().at;
  for (std::size_t i = 0; i < series_count; ++i) {
    double sum = 0;
    int counted = 0;
    for (const auto& point : points)
      if (!std::isnan(point.values[i])) {
        sum += point.values[i];
        ++counted;
      }
    out.values[i] = counted == 0 ? nothing : static_cast<float>(sum / counted);
  }
  return out;
}

} // namespace

sample_ptr console_board::latest() const {
  std::lock_guard lock(guard_);
  return latest_;
}

std::vector<history_point> console_board::history(history_span span) const {
  std::lock_guard lock(guard_);
  const auto& ring = span == history_span::minutes ? seconds_ : minutes_;
  return {ring.begin(), ring.end()};
}

std::optional<console_moment> console_board::moment(instant wanted) const {
  auto out = memory.find(wanted);
  if (!out)
    return out;
  out->values.fill(nothing);
  std::lock_guard lock(guard_);
  const auto& ring = out->step == std::chrono::seconds(1) ? seconds_ : minutes_;
  const auto point = std::find_if(ring.rbegin(), ring.rend(), [&](const auto& p) { return p.at <= out->at; });
  if (point != ring.rend())
    out->values = point->values;
  return out;
}

bool console_board::watch(std::shared_ptr<console_watcher> watcher) {
  std::lock_guard lock(guard_);
  if (watchers_.size() >= static_cast<std::size_t>(most_watchers))
    return false;
  watchers_.push_back(std::move(watcher));
  return true;
}

int console_board::watchers() const {
  std::lock_guard lock(guard_);
  return static_cast<int>(watchers_.size());
}

void console_board::look_at_metrics(std::function<std::string()> page) {
  std::lock_guard lock(page_guard_);
  page_ = std::move(page);
}

void console_board::attach(caf::actor reader) {
  std::lock_guard lock(guard_);
  reader_ = std::move(reader);
}

caf::actor console_board::reader() const {
  std::lock_guard lock(guard_);
  return reader_;
}

void console_board::remember_caller(const digest& token, operator_caller who, duration longest) {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(guard_);
  std::erase_if(callers_, [&](const auto& known) { return known.second.until <= now; });
  if (callers_.size() < most_callers)
    callers_[token] = {std::move(who), now, now + longest};
}

void console_board::forget_caller(const digest& token) {
  std::lock_guard lock(guard_);
  callers_.erase(token);
}

std::optional<operator_caller> console_board::caller_known(const digest& token) const {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(guard_);
  const auto found = callers_.find(token);
  const bool fresh =
    found != callers_.end() && now < found->second.until && now - found->second.found < caller_believed;
  return fresh ? std::optional(found->second.who) : std::nullopt;
}

std::optional<operator_caller> console_board::caller_known_before(const digest& token) const {
  std::lock_guard lock(guard_);
  const auto found = callers_.find(token);
  const bool lasts = found != callers_.end() && std::chrono::steady_clock::now() < found->second.until;
  return lasts ? std::optional(found->second.who) : std::nullopt;
}

void console_board::remember(const console_sample& sample) {
  const history_point point{sample.at, sample.values};
  seconds_.push_back(point);
  if (seconds_.size() > seconds_kept)
    seconds_.pop_front();
  minute_.push_back(point);
  if (minute_.size() < 60)
    return;
  minutes_.push_back(mean_of(minute_));
  minute_.clear();
  if (minutes_.size() > minutes_kept)
    minutes_.pop_front();
}

void console_board::sample(const house_context& context, const directory& live, const upstream_board& upstreams,
                           steady_moment now) {
  const auto begun = std::chrono::steady_clock::now();
  const double seconds = last_ ? std::max(std::chrono::duration<double>(now - *last_).count(), 1e-3) : 1;
  const double keep_share = std::exp2(-seconds / 30);
  const auto& counts = *context.counts;
  auto out = std::make_shared<console_sample>();
  out->at = context.wall_clock();
  out->uptime = std::chrono::duration_cast<duration>(now - born_);
  out->draining = counts.draining.load();
  // The lease lasts for `dead_after` from the last heartbeat that the database took.
  const auto lease_until = counts.lease_until.load(std::memory_order_relaxed);
  const auto seen = std::chrono::nanoseconds(lease_until) - context.settings.dead_after;
  out->database_silent = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() - seen),
                                  std::chrono::milliseconds(0));
  out->node = context.node->at.load(std::memory_order_relaxed);
  if (out->node == node_control::phase::drained || out->node == node_control::phase::handing_over)
    out->database_silent = {}; // nobody asks it: the lease was given up
  if (const auto until = context.node->resumes_at.load(std::memory_order_relaxed); until != node_control::never)
    out->resumes_in = std::max(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(until) - now.time_since_epoch()),
      std::chrono::milliseconds(0));
  out->allows_chaos = allows_chaos;
  std::fill(out->values.begin(), out->values.end(), nothing);
  count_kinds(*out, live, seconds, keep_share);
  count_stages(*out, counts, keep_share);
  count_upstreams(*out, upstreams, seconds, keep_share);
  count_flow(*out, counts, seconds);
  const auto router =
    std::find_if(out->kinds.begin(), out->kinds.end(), [](const auto& k) { return k.kind == "router"; });
  out->ready = router != out->kinds.end() && router->live > 0 && !out->draining
               && now.time_since_epoch() < std::chrono::nanoseconds(lease_until);
  out->queues = queues_of(context, *out);
  log.look(now);
  find_concerns(*out, rate_actors(live, now, seconds, keep_share), now);
  out->watchers = watchers();
  out->cost = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - begun);
  memory.take(*out, live, counts, now);
  last_ = now;

  std::vector<std::shared_ptr<console_watcher>> told;
  {
    std::lock_guard lock(guard_);
    latest_ = out;
    remember(*out);
    told = watchers_;
  }
  std::vector<const console_watcher*> gone;
  for (const auto& watcher : told)
    if (!watcher->sampled(out))
      gone.push_back(watcher.get());
  if (gone.empty())
    return;
  std::lock_guard lock(guard_);
  std::erase_if(watchers_,
                [&](const auto& one) { return std::find(gone.begin(), gone.end(), one.get()) != gone.end(); });
}

} // namespace easel::actors
