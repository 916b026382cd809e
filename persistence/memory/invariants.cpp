#include "persistence/memory/operations.hpp"

#include <algorithm>
#include <tuple>

namespace easel::persistence::memory {

namespace {

/// What the immutable transfers add up to; the projections are compared with it and never used for it.
struct sums {
  std::map<account_id, credits> available;
  std::map<account_id, credits> held;
  std::map<grant_id, credits> remaining;
  std::map<std::pair<generation_id, grant_id>, credits> holds;
  std::map<generation_id, credits> spent;
  std::map<std::pair<generation_id, std::int16_t>, credits> settled;
};

void add(sums& to, const transfer& t, book side, credits amount) {
  if (side == book::available) {
    to.available[t.account] += amount;
    to.remaining[t.of] += amount;
  } else if (side == book::held) {
    to.held[t.account] += amount;
    if (t.entry.generation)
      to.holds[{*t.entry.generation, t.of}] += amount;
  } else if (side == book::spent && t.entry.generation) {
    to.spent[*t.entry.generation] += amount;
    if (t.entry.image)
      to.settled[{*t.entry.generation, *t.entry.image}] += amount;
  }
}

sums add_up(const std::vector<transfer>& transfers) {
  sums all;
  for (const auto& t : transfers) {
    add(all, t, t.entry.from, credits{} - t.entry.amount);
    add(all, t, t.entry.to, t.entry.amount);
  }
  return all;
}

template <class Map, class Key>
credits value_in(const Map& map, const Key& key) {
  const auto* found = find_in(map, key);
  return found ? *found : credits{};
}

credits held_by(const sums& truth, generation_id id) {
  credits sum;
  for (auto it = truth.holds.lower_bound({id, grant_id{}}); it != truth.holds.end() && it->first.first == id; ++it)
    sum += it->second;
  return sum;
}

std::int64_t count_balances_off(const tables& db, const sums& truth) {
  std::int64_t off = 0;
  for (const auto& [id, a] : db.accounts)
    off += a.available != value_in(truth.available, id) || a.held != value_in(truth.held, id);
  for (const auto& [id, g] : db.grants)
    off += g.row.remaining != value_in(truth.remaining, id);
  for (const auto& [id, g] : db.generations) {
    off += g.row.charged != value_in(truth.spent, id);
    off += held_by(truth, id) != policies::total(g.hold);
  }
  return off;
}

std::int64_t count_overdrawn(const tables& db, const sums& truth) {
  return std::count_if(db.grants.begin(), db.grants.end(), [&](const auto& entry) {
    const credits left = value_in(truth.remaining, entry.first);
    return left.is_negative() || left > entry.second.row.amount;
  });
}

std::int64_t count_holds_without_work(const tables& db, const sums& truth) {
  return std::count_if(truth.holds.begin(), truth.holds.end(), [&](const auto& entry) {
    return entry.second != credits{} && !db.in_work.contains(entry.first.first);
  });
}

std::int64_t count_settled_twice(const tables& db, const sums& truth) {
  return std::count_if(truth.settled.begin(), truth.settled.end(), [&](const auto& entry) {
    const auto* g = find_in(db.generations, entry.first.first);
    return !g || entry.second > g->row.plan.price_each;
  });
}

bool crosses_tiers(const generation_row& row, const disclosure_row& d) {
  return (d.to == recipient::sub2api && row.of_tier != tier::free)
         || (d.to == recipient::kie && row.of_tier != tier::paid);
}

bool was_disclosed(const generation_row& row) {
  return std::any_of(row.disclosures.begin(), row.disclosures.end(),
                     [](const disclosure_row& d) { return d.to == recipient::sub2api || d.to == recipient::kie; });
}

void count_rows(const tables& db, invariants& found) {
  for (const auto& [id, g] : db.generations) {
    const auto& row = g.row;
    const bool kept = !g.discarded && !g.deleted;
    found.completed_without_images += row.state == generation_state::completed && kept && row.images.empty();
    found.dispatched_without_verdict += row.dispatched_at && (!row.verdict || row.verdict->blocked);
    found.cross_tier_disclosures += std::count_if(row.disclosures.begin(), row.disclosures.end(),
                                                  [&](const auto& d) { return crosses_tiers(row, d); });
    found.calls_without_disclosure += (row.dispatched_at || !g.calls.empty()) && !was_disclosed(row);
  }
}

} // namespace

invariants check_invariants(const tables& db) {
  const auto truth = add_up(db.transfers);
  invariants found;
  count_rows(db, found);
  found.images_settled_twice = count_settled_twice(db, truth);
  found.balances_off = count_balances_off(db, truth);
  found.holds_without_work = count_holds_without_work(db, truth);
  found.overdrawn_grants = count_overdrawn(db, truth);
  return found;
}

} // namespace easel::persistence::memory
