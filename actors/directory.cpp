#include "actors/directory.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

void add(kind_totals& to, const vitals& v) {
  const auto load = [](const auto& value) { return value.load(std::memory_order_relaxed); };
  to.arrived += load(v.arrived);
  to.handled += load(v.handled);
  to.busy_ns += load(v.busy_ns);
  to.failures += load(v.failures);
}

} // namespace

void directory::enter(std::shared_ptr<vitals> actor) {
  auto& s = shard_of(actor->id);
  std::lock_guard lock(s.guard);
  s.live.emplace(actor->id, std::move(actor));
}

void directory::leave(const vitals& actor, bool failed, const char* reason) {
  {
    auto& s = shard_of(actor.id);
    std::lock_guard lock(s.guard);
    if (s.live.erase(actor.id) == 0)
      return; // CAF cleans up twice
  }
  (failed ? failed_ends_ : normal_ends_).fetch_add(1, std::memory_order_relaxed);
  bury(actor, failed, reason);
}

void directory::bury(const vitals& actor, bool failed, const char* reason) {
  // Of a session nothing leads to its account any more.
  const auto subject = std::string_view(actor.kind) == "generation" ? actor.get_subject() : uuid{};
  ended_actor one{actor.id,
                  actor.parent,
                  actor.kind,
                  actor.state.load(std::memory_order_relaxed),
                  reason,
                  failed,
                  actor.born,
                  std::chrono::steady_clock::now(),
                  actor.handled.load(std::memory_order_relaxed),
                  actor.depth(),
                  actor.busy_ns.load(std::memory_order_relaxed),
                  subject,
                  actor.messages.read()};
  std::lock_guard lock(graves_guard_);
  auto& past = past_[actor.kind];
  add(past, actor);
  ++(failed ? past.ended_failed : past.ended_normally);
  auto& graves = graves_[failed ? 1 : 0];
  graves.push_front(std::move(one));
  if (graves.size() > most_graves)
    graves.pop_back();
}

void directory::for_each(const std::function<void(const vitals&)>& visit) const {
  for (const auto& s : shards_) {
    std::lock_guard lock(s.guard);
    for (const auto& [id, actor] : s.live)
      visit(*actor);
  }
}

std::shared_ptr<const vitals> directory::find(std::uint64_t id) const {
  const auto& s = shard_of(id);
  std::lock_guard lock(s.guard);
  const auto found = s.live.find(id);
  return found == s.live.end() ? nullptr : found->second;
}

std::vector<ended_actor> directory::graveyard() const {
  std::vector<ended_actor> all;
  {
    std::lock_guard lock(graves_guard_);
    for (const auto& graves : graves_)
      all.insert(all.end(), graves.begin(), graves.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.ended > b.ended; });
  return all;
}

std::map<std::string_view, kind_totals> directory::totals() const {
  std::map<std::string_view, kind_totals> all;
  {
    std::lock_guard lock(graves_guard_);
    all = past_;
  }
  for_each([&](const vitals& v) {
    auto& t = all[v.kind];
    ++t.live;
    t.waiting += v.depth();
    add(t, v);
  });
  return all;
}

} // namespace easel::actors
