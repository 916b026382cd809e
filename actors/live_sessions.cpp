#include "actors/live_sessions.hpp"

namespace easel::actors {

live_sessions::session* live_sessions::find(account_id account) {
  const auto it = by_account_.find(account);
  return it == by_account_.end() ? nullptr : &it->second;
}

live_sessions::session& live_sessions::add(account_id account, caf::actor actor, moment now) {
  const auto place = order_.insert(order_.end(), account);
  return by_account_.insert_or_assign(account, session{std::move(actor), 0, now, place}).first->second;
}

void live_sessions::use(session& one, moment now) {
  ++one.entered;
  one.used = now;
  order_.splice(order_.end(), order_, one.place);
}

void live_sessions::erase(account_id account) {
  const auto it = by_account_.find(account);
  if (it == by_account_.end())
    return;
  order_.erase(it->second.place);
  by_account_.erase(it);
}

std::vector<live_sessions::idle_one> live_sessions::take_idle(moment before, std::size_t most, moment now) {
  std::vector<idle_one> found;
  while (found.size() < most && !order_.empty()) {
    auto& oldest = by_account_.at(order_.front());
    if (oldest.used >= before)
      break;
    found.push_back({oldest.actor, oldest.entered});
    oldest.used = now;
    order_.splice(order_.end(), order_, oldest.place);
  }
  return found;
}

} // namespace easel::actors
