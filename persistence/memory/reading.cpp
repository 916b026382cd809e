#include "persistence/memory/books.hpp"
#include "persistence/memory/operations.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

/// The one place where expiry, ownership and deletion decide what a person can see (RET-1).
generation* visible(scope& s, account_id owner, generation_id id) {
  auto* g = find_in(s.db.generations, id);
  return g && g->row.account == owner && !g->deleted && g->row.expires_at > s.now ? g : nullptr;
}

} // namespace

std::optional<key_row> find_key(scope& s, const digest& key_hash) {
  const auto* id = find_in(s.db.keys_by_hash, key_hash);
  if (!id)
    return std::nullopt;
  const key_row& row = s.db.keys.at(*id).row;
  const bool live = !row.revoked_at && (!row.expires_at || *row.expires_at > s.now)
                    && s.db.accounts.at(row.account).row.state != account_state::closed;
  if (!live)
    return std::nullopt;
  auto found = row;
  found.used_this_month = used_this_month(s, row);
  return found;
}

std::optional<account_row> find_account(scope& s, account_id id) {
  const auto* a = find_in(s.db.accounts, id);
  return a ? std::optional(a->row) : std::nullopt;
}

std::optional<generation_row> find_generation(scope& s, account_id owner, generation_id id) {
  const auto* g = visible(s, owner, id);
  return g ? std::optional(g->row) : std::nullopt;
}

page<generation_row> list_generations(scope& s, account_id owner, std::optional<generation_id> before, int limit) {
  page<generation_row> found;
  const auto* a = find_in(s.db.accounts, owner);
  if (!a)
    return found;
  const auto end = before ? a->generations.lower_bound(*before) : a->generations.end();
  for (auto id = std::make_reverse_iterator(end); id != a->generations.rend(); ++id) {
    const auto* g = visible(s, owner, *id);
    if (!g)
      continue;
    if (found.rows.size() >= static_cast<std::size_t>(std::max(0, limit))) {
      found.more = true;
      break;
    }
    found.rows.push_back(g->row);
  }
  return found;
}

blob find_image(scope& s, account_id owner, generation_id id, std::int16_t index) {
  const auto* a = find_in(s.db.accounts, owner);
  const auto* g = a && a->row.state != account_state::closed ? visible(s, owner, id) : nullptr;
  const auto* bytes = g ? find_in(g->contents, index) : nullptr;
  return bytes ? *bytes : nullptr;
}

balance find_balance(scope& s, account_id owner) {
  balance found;
  const auto* a = find_in(s.db.accounts, owner);
  if (!a)
    return found;
  found.available = available_now(s.db, *a, s.now);
  found.held = a->held;
  found.allowance_due = a->row.of_tier == tier::free;
  for (const auto& id : a->grants) {
    const auto& row = s.db.grants.at(id).row;
    if (row.kind == grant_kind::daily && day_of(row.created_at) == day_of(s.now))
      found.allowance_due = false;
    if (row.remaining > credits{} && (!row.expires_at || *row.expires_at > s.now))
      found.grants.push_back(row);
  }
  std::stable_sort(found.grants.begin(), found.grants.end(), [](const grant_row& x, const grant_row& y) {
    return x.expires_at.value_or(instant::max()) < y.expires_at.value_or(instant::max());
  });
  return found;
}

page<entry_row> list_entries(scope& s, account_id owner, std::optional<transfer_id> before, int limit) {
  page<entry_row> found;
  const auto* a = find_in(s.db.accounts, owner);
  if (!a)
    return found;
  for (auto index = a->entries.rbegin(); index != a->entries.rend(); ++index) {
    const auto& entry = s.db.transfers[*index].entry;
    if (before && entry.id >= *before)
      continue;
    if (found.rows.size() >= static_cast<std::size_t>(std::max(0, limit))) {
      found.more = true;
      break;
    }
    found.rows.push_back(entry);
  }
  return found;
}

bool delete_generation(scope& s, account_id owner, generation_id id) {
  auto* g = visible(s, owner, id);
  if (!g || !is_terminal(g->row.state))
    return false;
  g->deleted = true;
  g->contents.clear();
  g->row.prompt = {};
  return true;
}

bool request_cancel(scope& s, account_id owner, generation_id id) {
  auto* g = visible(s, owner, id);
  if (!g || is_terminal(g->row.state))
    return false;
  g->cancel_requested = true;
  return true;
}

} // namespace easel::persistence::memory
