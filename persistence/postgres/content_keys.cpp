#include "persistence/postgres/content_keys.hpp"

namespace easel::persistence::postgres {

std::optional<content_key> content_keys::find(account_id owner) {
  const std::lock_guard lock(mutex_);
  return keys_.find(owner);
}

std::uint64_t content_keys::endings() {
  const std::lock_guard lock(mutex_);
  return endings_;
}

void content_keys::remember(account_id owner, const content_key& key, std::uint64_t endings) {
  const std::lock_guard lock(mutex_);
  if (endings == endings_)
    keys_.put(owner, key, capacity_);
}

void content_keys::forget(account_id owner) {
  const std::lock_guard lock(mutex_);
  ++endings_;
  keys_.erase(owner);
}

void content_keys::forget_all() {
  const std::lock_guard lock(mutex_);
  ++endings_;
  keys_.clear();
}

std::optional<account_id> content_keys::owner_of(generation_id id) {
  const std::lock_guard lock(mutex_);
  return owners_.find(id);
}

void content_keys::remember_owner(generation_id id, account_id owner) {
  const std::lock_guard lock(mutex_);
  owners_.put(id, owner, capacity_);
}

} // namespace easel::persistence::postgres
