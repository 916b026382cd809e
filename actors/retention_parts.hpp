#pragma once

#include "actors/backup_watch.hpp"
#include "persistence/retention.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

/// What the house's reaper needs, and what it tells. No CAF in sight.
namespace easel::actors {

/// What the reaper of this node tells of itself. Written by its actor, read by any thread.
class retention_figures {
public:
  std::atomic<bool> leads{false};  ///< this node's is the cluster's one reaper
  std::atomic<bool> halted{false}; ///< the clock is not believed
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint64_t> failed_steps{0}; ///< to be tried again: the database was away, or a lock was taken
  std::atomic<std::uint64_t> partitions{0};   ///< dropped

  std::atomic<std::int64_t> backups{0};          ///< registered, and not known to be gone
  std::atomic<std::int64_t> backups_past_due{0}; ///< of these: should be gone
  std::atomic<std::uint64_t> backups_removed{0};
  std::atomic<bool> backups_late{false}; ///< their directory does not answer

  std::atomic<std::int64_t> destroyed_keys{0};        ///< that some file of the cluster may still hold (RIGHT-3)
  std::atomic<std::int64_t> destroyed_key_seconds{0}; ///< since the oldest of them was destroyed
  std::atomic<std::uint64_t> key_rewrites{0};         ///< of the tables of keys

  void count(const std::string& table, int rows);
  void finished(const persistence::retention_run& run);
  [[nodiscard]] std::map<std::string, std::uint64_t> rows_by_table() const;
  [[nodiscard]] std::optional<persistence::retention_run> last_run() const;

private:
  mutable std::mutex guard_;
  std::map<std::string, std::uint64_t> rows_;
  std::optional<persistence::retention_run> last_;
};

/// What its actor is at while it deletes nothing, in the console's words.
inline constexpr const char* retention_halted = "stopped: the clock is not believed";

/// What the reaper needs from outside.
struct retention_parts {
  std::function<std::unique_ptr<persistence::retention>()> open; ///< called on the actor's thread
  policies::retention_pace pace;
  policies::retention_windows windows;
  std::function<instant()> wall_clock;
  std::function<policies::host_uptime()> uptime;
  std::function<void(const std::string& sentence)> alarm; ///< for the log; nothing personal
  std::shared_ptr<backup_watch> backups;                  ///< null: they are not looked at
  std::shared_ptr<retention_figures> figures;
  bool detached = true; ///< a thread of its own; off in virtual time
};

/// Prometheus text. Any thread.
[[nodiscard]] std::string render_metrics(const retention_figures& figures);

/// This host's boot and its age, from the kernel. Any thread.
[[nodiscard]] policies::host_uptime read_host_uptime();

} // namespace easel::actors
