#include "policies/retention_schedule.hpp"

#include "policies/retention_rules.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

constexpr duration longest_rest = std::chrono::seconds(1);

bool hurries(duration since_start, const retention_pace& pace) { return since_start >= pace.gentle_for; }

int rank_of(std::string_view table) {
  const auto tables = daily_tables();
  return static_cast<int>(std::find(tables.begin(), tables.end(), table) - tables.begin());
}

/// Images and disclosures belong to generations; the access log stands alone.
bool follows_generations(std::string_view table) { return table == "image" || table == "disclosure"; }

std::optional<partition_step> step_of(const day_partition& p, instant now, const retention_windows& lengths) {
  switch (p.is) {
  case partition_state::pending:
    return partition_step::finalize;
  case partition_state::detached:
    return p.has_live_rows ? std::nullopt : std::optional(partition_step::drop);
  case partition_state::attached:
    if (p.has_live_rows || p.is_awaited || !is_over(p.of, now, daily_window(p.table, lengths)))
      return std::nullopt;
    return partition_step::detach;
  }
  return std::nullopt;
}

} // namespace

int next_batch(int rows, duration took, duration since_start, const retention_pace& pace) {
  const auto wanted = hurries(since_start, pace) ? 5 * pace.batch_time : pace.batch_time;
  if (took > wanted)
    return std::max(pace.least_batch, rows / 2);
  if (took < wanted / 2)
    return std::min(pace.most_batch, rows * 2);
  return rows;
}

duration rest_after(duration took, duration since_start, const retention_pace& pace) {
  const auto rest = hurries(since_start, pace) ? took : 9 * took;
  return std::clamp(rest, duration::zero(), longest_rest);
}

duration until_next_round(duration since_start, const retention_pace& pace) {
  return std::max(duration::zero(), pace.every - since_start);
}

bool is_over(day of, instant now, duration window) {
  const auto end = of + std::chrono::days(1);
  return end + window <= now && end < day_of(now);
}

std::vector<planned_step> plan_partitions(const std::vector<day_partition>& all, instant now,
                                          const retention_windows& lengths) {
  struct ranked {
    partition_step what;
    int rank;
    const day_partition* of;
  };
  const auto has_generations = [&](day of) {
    return std::any_of(all.begin(), all.end(), [&](const auto& p) { return p.table == "generation" && p.of == of; });
  };
  std::vector<ranked> due;
  for (const auto& p : all) {
    const auto what = step_of(p, now, lengths);
    if (what && (*what == partition_step::finalize || !follows_generations(p.table) || !has_generations(p.of)))
      due.push_back({*what, rank_of(p.table), &p});
  }
  std::sort(due.begin(), due.end(), [](const ranked& a, const ranked& b) {
    const auto urgency = [](partition_step s) {
      return s == partition_step::finalize ? 0 : s == partition_step::drop ? 1 : 2;
    };
    return std::tuple(urgency(a.what), a.of->of, a.rank) < std::tuple(urgency(b.what), b.of->of, b.rank);
  });
  std::vector<planned_step> steps;
  steps.reserve(due.size());
  for (const auto& each : due)
    steps.push_back({each.what, each.of->name, each.of->table});
  return steps;
}

} // namespace easel::policies
