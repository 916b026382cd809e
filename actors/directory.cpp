#include "actors/directory.hpp"

namespace easel::actors {

void directory::enter(std::shared_ptr<vitals> actor) {
  auto& s = shard_of(actor->id);
  std::lock_guard lock(s.guard);
  s.live.emplace(actor->id, std::move(actor));
}

void directory::leave(std::uint64_t id, bool failed) {
  auto& s = shard_of(id);
  std::lock_guard lock(s.guard);
  if (s.live.erase(id) > 0)
    (failed ? failed_ends_ : normal_ends_).fetch_add(1, std::memory_order_relaxed);
}

void directory::for_each(const std::function<void(const vitals&)>& visit) const {
  for (const auto& s : shards_) {
    std::lock_guard lock(s.guard);
    for (const auto& [id, actor] : s.live)
      visit(*actor);
  }
}

} // namespace easel::actors
