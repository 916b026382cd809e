#include "actors/caller_cache.hpp"

#include <algorithm>
#include <unordered_set>

namespace easel::actors {

namespace {

uuid uuid_of(const persistence::revocation& one) {
  return std::visit([](const auto& id) { return id.value; }, one);
}

uuid uuid_of(const caller& who) {
  const auto* session = std::get_if<signed_in>(&who);
  return session ? session->session.value : std::get<key_id>(who).value;
}

} // namespace

void caller_cache::hears(bool on) {
  hears_ = on;
  ++endings_;
  callers_.clear();
}

const caller_cache::known* caller_cache::find(const digest& secret, moment now) const {
  const auto it = callers_.find(secret);
  return it != callers_.end() && now < it->second.until ? &it->second : nullptr;
}

caller_cache::place caller_cache::wait(const knock& call) {
  if (waiting_ >= most_.waiting)
    return place::overloaded;
  ++waiting_;
  auto& waiters = lookups_[call.secret];
  waiters.push_back({call, endings_});
  return waiters.size() == 1 ? place::first : place::behind;
}

caller_cache::served caller_cache::answer(const digest& secret, const std::optional<known>& found,
                                          std::uint64_t asked_at) {
  if (!found) {
    callers_.erase(secret);
  } else if (hears_ && asked_at == endings_) {
    if (callers_.size() >= most_.known && !callers_.empty())
      callers_.erase(callers_.begin());
    callers_.insert_or_assign(secret, *found);
  }
  served out;
  const auto it = lookups_.find(secret);
  if (it == lookups_.end())
    return out;
  auto& waiters = it->second;
  const auto later =
    std::stable_partition(waiters.begin(), waiters.end(), [&](const waiter& each) { return each.came_at <= asked_at; });
  for (auto each = waiters.begin(); each != later; ++each)
    out.calls.push_back(std::move(each->call));
  waiters.erase(waiters.begin(), later);
  waiting_ -= out.calls.size();
  if (waiters.empty())
    lookups_.erase(it);
  else
    out.ask = waiters.front().call.is;
  return out;
}

void caller_cache::forget(const digest& secret) {
  ++endings_;
  callers_.erase(secret);
}

void caller_cache::forget(std::span<const persistence::revocation> those) {
  ++endings_;
  std::unordered_set<uuid> ids;
  for (const auto& each : those)
    ids.insert(uuid_of(each));
  std::erase_if(callers_, [&](const auto& each) {
    return ids.contains(each.second.account.value) || ids.contains(uuid_of(each.second.who));
  });
}

} // namespace easel::actors
