#pragma once

#include "persistence/backup_reaper.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace easel::actors {

/// Looks after the directory of backups beside the reaper, one look at a time: a file system that does not answer holds
/// its own thread and nobody else's. Any thread may call; no call waits. Whoever lets go of it leaves a thread that
/// hangs behind, which holds what it needs.
class backup_watch {
public:
  using outcome = persistence::answer<persistence::backup_round>;
  /// Removes backups that had expired at `cut`; called on a thread of its own.
  using look = std::function<outcome(instant cut)>;

  /// `limit`: a look that takes longer is told of as late. `threaded` off: `begin` looks by itself, in virtual time.
  explicit backup_watch(look run, duration limit = persistence::backup_settings().look_timeout, bool threaded = true);

  /// False: the look before has not ended, or there is no thread to be had.
  bool begin(instant cut);
  /// What the latest look found, once; none while it has not ended.
  [[nodiscard]] std::optional<outcome> take();
  [[nodiscard]] duration limit() const { return limit_; }

private:
  struct desk;
  std::shared_ptr<desk> desk_;
  duration limit_;
  bool threaded_;
};

} // namespace easel::actors
