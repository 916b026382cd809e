#include "actors/backup_watch.hpp"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace easel::actors {

/// What the thread of a look holds.
struct backup_watch::desk {
  look run;
  std::mutex guard;
  bool under_way = false;
  std::optional<outcome> found;

  /// Nobody is above this thread: what a look throws is what it found.
  outcome look_once(instant cut) const {
    try {
      return run(cut);
    } catch (const std::exception&) {
      return easel::unexpected(
        persistence::store_error{persistence::store_error::kind::unavailable, "look_for_backups", ""});
    }
  }

  void work(instant cut) {
    auto result = look_once(cut);
    const std::lock_guard lock(guard);
    found = std::move(result);
    under_way = false;
  }
};

backup_watch::backup_watch(look run, duration limit, bool threaded)
    : desk_(std::make_shared<desk>()), limit_(limit), threaded_(threaded) {
  desk_->run = std::move(run);
}

bool backup_watch::begin(instant cut) {
  {
    const std::lock_guard lock(desk_->guard);
    if (desk_->under_way)
      return false;
    desk_->under_way = true;
  }
  if (!threaded_) {
    desk_->work(cut);
    return true;
  }
  try {
    std::thread([desk = desk_, cut] { desk->work(cut); }).detach();
    return true;
  } catch (const std::system_error&) {
    const std::lock_guard lock(desk_->guard);
    desk_->under_way = false;
    return false;
  }
}

std::optional<backup_watch::outcome> backup_watch::take() {
  const std::lock_guard lock(desk_->guard);
  return std::exchange(desk_->found, std::nullopt);
}

} // namespace easel::actors
