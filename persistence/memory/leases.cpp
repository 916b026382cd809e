#include "persistence/memory/operations.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

/// Raises the fence, so that whoever held the row before can write no more.
resumable adopt(generation& g, node_id by) {
  resumable found;
  found.restarts = g.restarts++;
  g.owner = {by, g.owner.fence + 1};
  found.row = g.row;
  found.owner = g.owner;
  found.cancel_requested = g.cancel_requested;
  for (const auto& [index, call] : g.calls)
    found.tasks.push_back(call);
  return found;
}

} // namespace

instant join(scope& s, node_id id) {
  s.db.nodes[id] = {s.now, false};
  return s.now;
}

std::optional<instant> heartbeat(scope& s, node_id id) {
  auto* n = find_in(s.db.nodes, id);
  if (!n || n->lost)
    return std::nullopt;
  n->heartbeat = s.now;
  return s.now;
}

std::vector<resumable> take_over(scope& s, node_id by, duration dead_after, int limit) {
  for (auto& [id, n] : s.db.nodes)
    if (id != by && n.heartbeat < s.now - dead_after)
      n.lost = true;
  std::vector<resumable> found;
  for (const auto& id : s.db.in_work) {
    if (static_cast<int>(found.size()) >= limit)
      break;
    auto& g = s.db.generations.at(id);
    const auto* holder = find_in(s.db.nodes, g.owner.node);
    if (g.owner.node != by && (!holder || holder->lost))
      found.push_back(adopt(g, by));
  }
  return found;
}

std::optional<resumable> resume(scope& s, node_id by, generation_id id) {
  auto* g = find_in(s.db.generations, id);
  if (!g || g->owner.node != by || is_terminal(g->row.state))
    return std::nullopt;
  return adopt(*g, by);
}

std::vector<generation_id> cancel_requests(scope& s, node_id of) {
  std::vector<generation_id> found;
  for (const auto& id : s.db.in_work)
    if (const auto& g = s.db.generations.at(id); g.cancel_requested && g.owner.node == of)
      found.push_back(id);
  return found;
}

std::vector<generation_id> in_work(scope& s, node_id of) {
  std::vector<generation_id> found;
  for (const auto& id : s.db.in_work)
    if (s.db.generations.at(id).owner.node == of)
      found.push_back(id);
  return found;
}

std::optional<call_place> keep_hint(scope& s, const digest& callback, const std::string& task,
                                    const std::vector<std::string>& senders) {
  const auto* place = find_in(s.db.callbacks, callback);
  if (!place)
    return std::nullopt;
  auto& g = s.db.generations.at(place->first);
  if (g.deleted || g.row.expires_at <= s.now)
    return std::nullopt;
  const auto& call = g.calls.at(place->second);
  if (std::find(senders.begin(), senders.end(), call.credential) == senders.end())
    return std::nullopt;
  if (call.task.empty())
    g.hints[place->second] = task;
  return *place;
}

std::vector<task_hint> task_hints(scope& s, node_id of) {
  std::vector<task_hint> found;
  for (const auto& id : in_work(s, of)) {
    const auto& g = s.db.generations.at(id);
    for (const auto& [index, task] : g.hints)
      if (g.calls.at(index).task.empty())
        found.push_back({id, index, task});
  }
  return found;
}

bool leave(scope& s, node_id id) {
  auto* n = find_in(s.db.nodes, id);
  if (!n || n->lost)
    return false;
  n->lost = true;
  return true;
}

} // namespace easel::persistence::memory
