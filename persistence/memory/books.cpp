#include "persistence/memory/books.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

struct about {
  std::optional<generation_id> generation = std::nullopt;
  std::optional<std::int16_t> image = std::nullopt;
};

void post(scope& s, account& owner, grant& of, book from, book to, credits amount, about why = {}) {
  if (amount == credits{})
    return;
  owner.entries.push_back(s.db.transfers.size());
  s.db.transfers.push_back(
    {{mint<transfer_id>(s), from, to, amount, why.generation, why.image, s.now}, owner.row.id, of.row.id});
  const auto apply = [&](book side, credits change) {
    if (side == book::available) {
      owner.available += change;
      of.row.remaining += change;
    } else if (side == book::held) {
      owner.held += change;
    }
  };
  apply(from, credits{} - amount);
  apply(to, amount);
}

bool has_expired(const grant& g, instant now) { return g.row.expires_at && *g.row.expires_at <= now; }

/// The order in which grants are spent: soonest to expire first, those that never do last, then the older.
bool spent_before(const grant_row& a, const grant_row& b) {
  const auto end = [](const grant_row& g) { return g.expires_at.value_or(instant::max()); };
  return std::pair(end(a), a.id) < std::pair(end(b), b.id);
}

std::vector<grant*> spendable(tables& db, const account& owner, instant now) {
  std::vector<grant*> found;
  for (const auto& id : owner.grants)
    if (auto& g = db.grants.at(id); !has_expired(g, now) && g.row.remaining > credits{})
      found.push_back(&g);
  std::sort(found.begin(), found.end(), [](const grant* a, const grant* b) { return spent_before(a->row, b->row); });
  return found;
}

} // namespace

credits available_now(const tables& db, const account& owner, instant now) {
  credits sum = owner.available;
  for (const auto& id : owner.grants)
    if (const auto& g = db.grants.at(id); has_expired(g, now))
      sum -= g.row.remaining;
  return sum;
}

void issue(scope& s, account& owner, grant_kind kind, credits amount, std::optional<instant> expires_at,
           std::optional<day> of_day) {
  const auto id = mint<grant_id>(s);
  auto& made = s.db.grants[id];
  made = {{id, kind, amount, credits{}, s.now, expires_at}, owner.row.id, of_day};
  owner.grants.push_back(id);
  post(s, owner, made, book::issued, book::available, amount);
}

void issue_daily(scope& s, account& owner, credits allowance) {
  const day today = day_of(s.now);
  const auto is_todays = [&](const grant_id& id) { return s.db.grants.at(id).of_day == today; };
  if (allowance <= credits{} || std::any_of(owner.grants.begin(), owner.grants.end(), is_todays))
    return;
  issue(s, owner, grant_kind::daily, allowance, instant(today + std::chrono::days(1)), today);
}

void expire_grants(scope& s, account& owner) {
  for (const auto& id : owner.grants)
    if (auto& g = s.db.grants.at(id); has_expired(g, s.now))
      post(s, owner, g, book::available, book::expired, g.row.remaining);
}

bool hold(scope& s, account& owner, generation& of, credits amount) {
  if (owner.available < amount || owner.available.is_negative())
    return false;
  const auto sources = spendable(s.db, owner, s.now);
  credits there;
  for (const grant* g : sources)
    there += g->row.remaining;
  if (there < amount)
    return false;
  for (grant* g : sources) {
    if (amount == credits{})
      break;
    const credits taken = std::min(amount, g->row.remaining);
    post(s, owner, *g, book::available, book::held, taken, {of.row.id});
    of.hold.push_back({g->row.id, taken});
    amount -= taken;
  }
  return true;
}

void settle(scope& s, account& owner, generation& of, credits amount, std::int16_t image) {
  for (auto& p : of.hold) {
    const credits spent = std::min(amount, p.held);
    post(s, owner, s.db.grants.at(p.grant), book::held, book::spent, spent, {of.row.id, image});
    p.held -= spent;
    amount -= spent;
    of.row.charged += spent;
  }
}

void release(scope& s, account& owner, generation& of) {
  for (auto& p : of.hold) {
    post(s, owner, s.db.grants.at(p.grant), book::held, book::available, p.held, {of.row.id});
    p.held = credits{};
  }
}

} // namespace easel::persistence::memory
