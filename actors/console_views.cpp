#include "actors/console_board.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

using std::chrono::duration_cast;
using milliseconds = std::chrono::milliseconds;

constexpr std::size_t shown_whole = 12;  ///< a group of so many actors is shown one by one
constexpr std::size_t shown_of_many = 5; ///< of a larger one
constexpr int deepest = 8;
constexpr std::size_t most_nodes = 600; ///< in one tree

milliseconds since(steady_moment then, steady_moment now) {
  return std::max(duration_cast<milliseconds>(now - then), milliseconds(0));
}

message_view view_of(const message_ring::entry& entry, steady_moment born, steady_moment now) {
  const auto ago = since(born + entry.after, now);
  return {label_of(entry.type), ago, entry.running ? duration_cast<duration>(ago) : entry.took, entry.running};
}

std::optional<generation_id> generation_of(std::string_view kind, const uuid& subject) {
  return kind == "generation" && subject != uuid{} ? std::optional(generation_id{subject}) : std::nullopt;
}

double share(const std::atomic<std::uint32_t>& thousandths) {
  return static_cast<double>(thousandths.load(std::memory_order_relaxed)) / 1000;
}

/// What a long list is ordered by, read without any allocation.
double weight_of(const vitals& v, actor_order by, steady_moment now) {
  switch (by) {
  case actor_order::mailbox:
    return static_cast<double>(v.depth());
  case actor_order::rate:
    return share(v.rate_milli);
  case actor_order::busy:
    return share(v.busy_permille);
  case actor_order::age:
    return std::chrono::duration<double>(now - v.born).count();
  case actor_order::handled:
    return static_cast<double>(v.handled.load(std::memory_order_relaxed));
  case actor_order::failures:
    return static_cast<double>(v.failures.load(std::memory_order_relaxed));
  case actor_order::stalled:
    return static_cast<double>(stall_of(v, v.depth(), now).count());
  }
  return 0;
}

struct light {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string_view kind;
  double weight = 0;
  std::uint64_t waiting = 0;
  double rate = 0;
  double busy = 0;
  std::uint64_t failures = 0;
};

/// Most first; the oldest of equals first, so that a list stays as it is while nothing happens.
bool heavier(const light& a, const light& b) { return a.weight != b.weight ? a.weight > b.weight : a.id < b.id; }

std::vector<light> light_rows(const directory& live, actor_order by, steady_moment now,
                              const std::function<bool(const vitals&)>& wanted) {
  std::vector<light> rows;
  live.for_each([&](const vitals& v) {
    if (wanted(v))
      rows.push_back({v.id, v.parent, v.kind, weight_of(v, by, now), v.depth(), share(v.rate_milli),
                      share(v.busy_permille), v.failures.load(std::memory_order_relaxed)});
  });
  return rows;
}

/// Puts groups together from rows that are sorted by parent.
class tree_builder {
public:
  tree_builder(const directory& live, std::vector<light> rows, steady_moment now)
      : live_(live), rows_(std::move(rows)), now_(now) {
    std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.parent < b.parent; });
  }

  [[nodiscard]] std::vector<tree_group> below(std::uint64_t parent, int depth) {
    const auto first = std::lower_bound(rows_.begin(), rows_.end(), parent,
                                        [](const light& row, std::uint64_t id) { return row.parent < id; });
    const auto last =
      std::upper_bound(first, rows_.end(), parent, [](std::uint64_t id, const light& row) { return id < row.parent; });
    std::map<std::string_view, std::vector<light>> by_kind;
    for (auto it = first; it != last; ++it)
      by_kind[it->kind].push_back(*it);
    std::vector<tree_group> out;
    for (auto& [kind, members] : by_kind)
      out.push_back(group(kind, members, depth));
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.count < b.count; });
    return out;
  }

private:
  tree_group group(std::string_view kind, std::vector<light>& members, int depth) {
    tree_group out;
    out.kind = kind;
    out.count = members.size();
    for (const auto& one : members) {
      out.waiting += one.waiting;
      out.rate += one.rate;
      out.busy += one.busy;
      out.failures += one.failures;
    }
    const auto shown = members.size() <= shown_whole ? members.size() : shown_of_many;
    std::partial_sort(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(shown), members.end(), heavier);
    members.resize(shown);
    for (const auto& one : members)
      if (nodes_ < most_nodes)
        if (const auto v = live_.find(one.id)) {
          ++nodes_;
          out.shown.push_back(
            {actors::view_of(*v, now_), depth < deepest ? below(one.id, depth + 1) : std::vector<tree_group>{}});
        }
    return out;
  }

  const directory& live_;
  std::vector<light> rows_;
  steady_moment now_;
  std::size_t nodes_ = 0;
};

/// Whose parent is gone, or never was an actor of ours, stands at the top.
void adopt_orphans(std::vector<light>& rows) {
  std::vector<std::uint64_t> ids;
  ids.reserve(rows.size());
  for (const auto& row : rows)
    ids.push_back(row.id);
  std::sort(ids.begin(), ids.end());
  for (auto& row : rows)
    if (!std::binary_search(ids.begin(), ids.end(), row.parent))
      row.parent = 0;
}

} // namespace

milliseconds stall_of(const vitals& v, std::uint64_t waiting, steady_moment now) {
  const auto newest = v.messages.newest();
  if (newest.running)
    return since(v.born + newest.after, now);
  return waiting == 0 ? milliseconds(0) : since(v.born + newest.after + newest.took, now);
}

actor_view view_of(const vitals& v, steady_moment now) {
  actor_view out;
  out.id = v.id;
  out.parent = v.parent;
  out.kind = v.kind;
  out.generation = generation_of(v.kind, v.get_subject());
  out.age = since(v.born, now);
  out.waiting = v.depth();
  out.handled = v.handled.load(std::memory_order_relaxed);
  out.rate = share(v.rate_milli);
  out.busy = share(v.busy_permille);
  out.busy_time = duration_cast<duration>(std::chrono::nanoseconds(v.busy_ns.load(std::memory_order_relaxed)));
  out.failures = v.failures.load(std::memory_order_relaxed);
  const auto newest = v.messages.newest();
  out.stalled = stall_of(v, out.waiting, now);
  if (newest.running || out.handled > 0)
    out.last = view_of(newest, v.born, now);
  out.state = v.state.load(std::memory_order_relaxed);
  const char* const activity = newest.running ? "at work" : out.waiting > 0 ? "has mail" : "idle";
  if (out.state.empty())
    out.state = activity;
  else if (out.kind == "session") // says whom it serves, not what it does
    out.state += std::string(", ") + activity;
  return out;
}

actor_page find_actors(const directory& live, const actor_question& q, steady_moment now) {
  actor_page page;
  auto rows = light_rows(live, q.by, now, [&](const vitals& v) {
    ++page.live;
    return (q.kind.empty() || q.kind == v.kind) && (!q.parent || *q.parent == v.parent)
           && (!q.subject || *q.subject == v.get_subject());
  });
  page.matching = rows.size();
  const auto from = std::min(q.offset, rows.size());
  const auto to = std::min(from + std::min(q.limit, most_actors), rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(to), rows.end(), heavier);
  for (auto i = from; i < to; ++i)
    if (const auto v = live.find(rows[i].id))
      page.actors.push_back(view_of(*v, now));
  return page;
}

std::vector<tree_group> tree_of(const directory& live, actor_order by, steady_moment now) {
  auto rows = light_rows(live, by, now, [](const vitals&) { return true; });
  adopt_orphans(rows);
  return tree_builder(live, std::move(rows), now).below(0, 0);
}

std::optional<actor_detail> find_actor(const directory& live, std::uint64_t id, steady_moment now) {
  const auto v = live.find(id);
  if (!v)
    return std::nullopt;
  actor_detail out;
  out.actor = view_of(*v, now);
  for (const auto& entry : v->messages.read())
    out.messages.push_back(view_of(entry, v->born, now));
  auto rows = light_rows(live, actor_order::mailbox, now, [&](const vitals& other) { return other.parent == id; });
  out.children = tree_builder(live, std::move(rows), now).below(id, deepest);
  if (const auto above = live.find(v->parent))
    out.supervisor = view_of(*above, now);
  const auto graves = live.graveyard();
  out.siblings_failed = static_cast<std::size_t>(std::count_if(graves.begin(), graves.end(), [&](const auto& grave) {
    return grave.failed && grave.parent == v->parent && std::string_view(grave.kind) == v->kind;
  }));
  return out;
}

std::vector<grave_view> graveyard_of(const directory& live, std::string_view kind, steady_moment now) {
  std::vector<grave_view> out;
  for (const auto& grave : live.graveyard()) {
    if (!kind.empty() && kind != grave.kind)
      continue;
    grave_view one{grave.id,
                   grave.parent,
                   grave.kind,
                   grave.state,
                   grave.reason,
                   grave.failed,
                   generation_of(grave.kind, grave.subject),
                   since(grave.ended, now),
                   since(grave.born, grave.ended),
                   grave.handled,
                   grave.unread,
                   duration_cast<duration>(std::chrono::nanoseconds(grave.busy_ns)),
                   {}};
    for (const auto& entry : grave.messages)
      one.messages.push_back(view_of(entry, grave.born, grave.ended));
    out.push_back(std::move(one));
  }
  return out;
}

} // namespace easel::actors
