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

std::vector<policies::grant_balance> balances_of(const tables& db, const account& owner) {
  std::vector<policies::grant_balance> found;
  for (const auto& id : owner.grants) {
    const auto& row = db.grants.at(id).row;
    found.push_back({row.id, row.remaining, row.expires_at, row.created_at});
  }
  return found;
}

} // namespace

credits available_now(const tables& db, const account& owner, instant now) {
  return policies::spendable(balances_of(db, owner), now);
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
    if (auto& g = s.db.grants.at(id); has_expired(g, s.now) && g.row.remaining > credits{})
      post(s, owner, g, book::available, book::expired, g.row.remaining);
}

bool hold(scope& s, account& owner, generation& of, credits amount) {
  auto parts = policies::allocate(balances_of(s.db, owner), amount, s.now);
  if (!parts)
    return false;
  for (const auto& part : *parts)
    post(s, owner, s.db.grants.at(part.grant), book::available, book::held, part.amount, {of.row.id});
  of.hold = std::move(*parts);
  return true;
}

void settle(scope& s, account& owner, generation& of, credits amount, std::int16_t image) {
  const auto split = policies::split_share(of.hold, amount).value(); // the hold covers every image
  for (const auto& part : split.share)
    post(s, owner, s.db.grants.at(part.grant), book::held, book::spent, part.amount, {of.row.id, image});
  of.hold = split.rest;
  of.row.charged += amount;
}

void release(scope& s, account& owner, generation& of) {
  for (const auto& part : of.hold)
    post(s, owner, s.db.grants.at(part.grant), book::held, book::available, part.amount, {of.row.id});
  of.hold.clear();
}

} // namespace easel::persistence::memory
