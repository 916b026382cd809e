#include "persistence/memory/books.hpp"
#include "persistence/memory/operations.hpp"

#include <utility>

namespace easel::persistence::memory {

namespace {

void note(scope& s, std::string actor, std::string action, account_id about, std::string reason = {}) {
  s.db.audit.push_back({s.now, std::move(actor), std::move(action), about, std::move(reason)});
}

} // namespace

account_id add_account(scope& s, tier of) {
  const auto id = mint<account_id>(s);
  auto& row = s.db.accounts[id].row;
  row.id = id;
  row.of_tier = of;
  row.created_at = s.now;
  return id;
}

answer<account_id> create_account(scope& s, tier of, std::string actor, std::string reason) {
  if (any_nul(actor, reason))
    return refused("create_account", bad_text);
  const auto id = add_account(s, of);
  note(s, std::move(actor), "create_account", id, std::move(reason));
  return id;
}

answer<bool> set_tier(scope& s, account_id id, tier to, std::string actor, std::string reason) {
  if (any_nul(actor, reason))
    return refused("set_tier", bad_text);
  auto* a = open_account(s, id);
  if (!a)
    return false;
  if (std::exchange(a->row.of_tier, to) != to)
    s.db.ended.emplace_back(id);
  note(s, std::move(actor), "set_tier", id, std::move(reason));
  return true;
}

answer<bool> lift_suspension(scope& s, account_id id, std::string actor, std::string reason) {
  if (any_nul(actor, reason))
    return refused("lift_suspension", bad_text);
  auto* a = open_account(s, id);
  if (!a)
    return false;
  if (std::exchange(a->row.state, account_state::active) != account_state::active)
    s.db.ended.emplace_back(id);
  a->row.cooldown_until.reset();
  a->strikes.clear();
  note(s, std::move(actor), "lift_suspension", id, std::move(reason));
  return true;
}

answer<bool> gift(scope& s, account_id id, credits amount, std::optional<instant> expires_at, std::string actor,
                  std::string reason) {
  if (any_nul(actor, reason))
    return refused("gift", bad_text);
  if (amount <= credits{})
    return refused("gift", broken_rule);
  auto* a = open_account(s, id);
  if (!a)
    return false;
  issue(s, *a, grant_kind::gift, amount, expires_at);
  note(s, std::move(actor), "gift", id, std::move(reason));
  return true;
}

key_row add_key(scope& s, new_key key) {
  key_row row;
  row.id = mint<key_id>(s);
  row.account = key.account;
  row.name = std::move(key.name);
  row.hint = std::move(key.hint);
  row.created_at = s.now;
  row.expires_at = key.expires_at;
  row.monthly_cap = key.monthly_cap;
  s.db.keys[row.id] = {row, key.hash};
  s.db.keys_by_hash[key.hash] = row.id;
  return row;
}

answer<key_row> create_key(scope& s, account_id id, std::string name, const digest& key_hash, std::string hint,
                           std::string actor, std::optional<credits> monthly_cap) {
  if (any_nul(name, hint, actor))
    return refused("create_key", bad_text);
  if (!open_account(s, id))
    return refused("create_key", no_such_row);
  if (s.db.keys_by_hash.contains(key_hash))
    return refused("create_key", already_there);
  if (!is_key_cap(monthly_cap))
    return refused("create_key", broken_rule);
  const auto row = add_key(s, {id, std::move(name), key_hash, std::move(hint), std::nullopt, monthly_cap});
  note(s, std::move(actor), "create_key", id);
  return row;
}

std::vector<key_row> list_keys(scope& s, account_id id) {
  std::vector<key_row> found;
  for (const auto& [key, stored] : s.db.keys)
    if (stored.row.account == id) {
      found.push_back(stored.row);
      found.back().used_this_month = used_this_month(s, stored.row);
    }
  return found;
}

answer<bool> revoke_key(scope& s, account_id id, key_id key, std::string actor) {
  if (any_nul(actor))
    return refused("revoke_key", bad_text);
  auto* stored = find_in(s.db.keys, key);
  if (!stored || stored->row.account != id || stored->row.revoked_at)
    return false;
  stored->row.revoked_at = s.now;
  s.db.ended.emplace_back(key);
  note(s, std::move(actor), "revoke_key", id);
  return true;
}

int ensure_partitions(scope& s, int days_ahead) {
  const day today = day_of(s.now);
  const day wanted = today + std::chrono::days(std::max(0, days_ahead));
  const day there = s.db.partitions_until.value_or(today - std::chrono::days(1));
  if (there >= wanted)
    return 0;
  s.db.partitions_until = wanted;
  return static_cast<int>((wanted - std::max(there, today - std::chrono::days(1))).count());
}

} // namespace easel::persistence::memory
