#include "actors/entrance.hpp"

#include <utility>

namespace easel::actors {

caf::actor entrance::router() const {
  std::lock_guard lock(guard_);
  return router_;
}

caf::actor entrance::sign_in() const {
  std::lock_guard lock(guard_);
  return sign_in_;
}

caf::actor entrance::rights() const {
  std::lock_guard lock(guard_);
  return rights_;
}

void entrance::serve_rights(caf::actor rights) {
  std::lock_guard lock(guard_);
  rights_ = std::move(rights);
}

void entrance::serve_sign_in(caf::actor sign_in) {
  std::lock_guard lock(guard_);
  sign_in_ = std::move(sign_in);
}

void entrance::open(caf::actor router) {
  std::lock_guard lock(guard_);
  router_ = std::move(router);
  changed_.notify_all();
}

void entrance::close() {
  std::lock_guard lock(guard_);
  router_ = nullptr;
  sign_in_ = nullptr;
}

void entrance::finished() {
  std::lock_guard lock(guard_);
  router_ = nullptr;
  sign_in_ = nullptr;
  rights_ = nullptr;
  finished_ = true;
  changed_.notify_all();
}

bool entrance::wait_open(duration limit) const {
  std::unique_lock lock(guard_);
  return changed_.wait_for(lock, limit, [this] { return router_ != nullptr; });
}

bool entrance::wait_finished(duration limit) const {
  std::unique_lock lock(guard_);
  return changed_.wait_for(lock, limit, [this] { return finished_; });
}

} // namespace easel::actors
