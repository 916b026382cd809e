#include "actors/metrics_page.hpp"
#include "actors/retention_parts.hpp"

#include <time.h>

#include <fstream>

namespace easel::actors {

using prometheus::MetricType;

void retention_figures::count(const std::string& table, int rows) {
  const std::lock_guard lock(guard_);
  rows_[table] += static_cast<std::uint64_t>(rows);
}

void retention_figures::finished(const persistence::retention_run& run) {
  const std::lock_guard lock(guard_);
  last_ = run;
}

std::map<std::string, std::uint64_t> retention_figures::rows_by_table() const {
  const std::lock_guard lock(guard_);
  return rows_;
}

std::optional<persistence::retention_run> retention_figures::last_run() const {
  const std::lock_guard lock(guard_);
  return last_;
}

std::string render_metrics(const retention_figures& figures) {
  metrics_page out;
  out.add("easel_retention_leads", "1 on the node whose reaper works for the cluster.", MetricType::Gauge,
          figures.leads ? 1 : 0);
  out.add("easel_retention_halted", "1 while nothing is reaped because the clock is not believed.", MetricType::Gauge,
          figures.halted ? 1 : 0);
  out.add("easel_retention_rounds_total", "Rounds that this node's reaper finished.", MetricType::Counter,
          static_cast<double>(figures.rounds));
  out.add("easel_retention_failed_steps_total", "Steps left to a later round.", MetricType::Counter,
          static_cast<double>(figures.failed_steps));
  out.add("easel_retention_partitions_dropped_total", "Day partitions that were dropped.", MetricType::Counter,
          static_cast<double>(figures.partitions));
  out.add("easel_backups", "Registered backups that are not known to be gone.", MetricType::Gauge,
          static_cast<double>(figures.backups));
  out.add("easel_backups_past_due", "Registered backups that have expired and are not known to be gone.",
          MetricType::Gauge, static_cast<double>(figures.backups_past_due));
  out.add("easel_backups_removed_total", "Backups that this node removed because they had expired.",
          MetricType::Counter, static_cast<double>(figures.backups_removed));
  out.add("easel_backups_late", "1 while the directory of backups does not answer.", MetricType::Gauge,
          figures.backups_late ? 1 : 0);
  out.add("easel_destroyed_keys", "Destroyed content keys whose bytes some file of the cluster may still hold.",
          MetricType::Gauge, static_cast<double>(figures.destroyed_keys));
  out.add("easel_destroyed_key_oldest_seconds", "Since the oldest of them was destroyed; 0: there is none.",
          MetricType::Gauge, static_cast<double>(figures.destroyed_key_seconds));
  out.add("easel_key_rewrites_total", "Times that this node wrote the tables of keys anew.", MetricType::Counter,
          static_cast<double>(figures.key_rewrites));
  for (const auto& [table, rows] : figures.rows_by_table())
    out.add("easel_retention_rows_deleted_total", "Expired rows that were deleted one by one.", MetricType::Counter,
            static_cast<double>(rows), {{"table", table}});
  if (const auto run = figures.last_run()) {
    out.add("easel_retention_last_round_timestamp_seconds", "When this node's latest round ended.", MetricType::Gauge,
            static_cast<double>(unix_seconds(run->ended_at)));
    out.add("easel_retention_last_round_seconds", "How long it took.", MetricType::Gauge,
            static_cast<double>(run->took.count()) / 1e6);
  }
  return out.text();
}

policies::host_uptime read_host_uptime() {
  policies::host_uptime host;
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  host.boot = parse_uuid(boot).value_or(uuid{});
  timespec up{};
  clock_gettime(CLOCK_BOOTTIME, &up);
  host.up =
    std::chrono::duration_cast<duration>(std::chrono::seconds(up.tv_sec) + std::chrono::nanoseconds(up.tv_nsec));
  return host;
}

} // namespace easel::actors
