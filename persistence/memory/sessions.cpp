#include "persistence/memory/operations.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

void erase_session(scope& s, session_id id) {
  if (const auto* found = find_in(s.db.sessions, id)) {
    if (found->row.expires_at > s.now)
      s.db.ended.emplace_back(id);
    s.db.sessions_by_token.erase(found->token);
    s.db.sessions.erase(id);
  }
}

stored_session* live_session_under(scope& s, const digest& token) {
  const auto* id = find_in(s.db.sessions_by_token, token);
  auto* found = id ? &s.db.sessions.at(*id) : nullptr;
  return found && found->row.expires_at > s.now ? found : nullptr;
}

void be_seen(scope& s, session_row& row) {
  row.last_seen_at = s.now;
  row.expires_at = std::min(row.created_at + s.settings.retention.session, s.now + s.settings.identity.session_idle);
}

/// Newest first.
std::vector<session_row> sessions_of(scope& s, account_id of) {
  std::vector<session_row> found;
  for (const auto& [id, stored] : s.db.sessions)
    if (stored.row.account == of)
      found.push_back(stored.row);
  std::sort(found.begin(), found.end(), [](const session_row& a, const session_row& b) {
    return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id);
  });
  return found;
}

} // namespace

session_row put_session(scope& s, account_id account, const digest& token, const digest& new_token,
                        const std::string& device) {
  if (auto* same = live_session_under(s, token); same && same->row.account == account) {
    s.db.sessions_by_token.erase(token);
    s.db.sessions_by_token[new_token] = same->row.id;
    s.db.ended.emplace_back(same->row.id);
    same->token = new_token;
    same->row.device = device;
    same->row.authenticated_at = s.now;
    be_seen(s, same->row);
    return same->row;
  }
  end_session_under(s, token);
  const auto others = sessions_of(s, account);
  for (auto i = static_cast<std::size_t>(s.settings.identity.sessions) - 1; i < others.size(); ++i)
    erase_session(s, others[i].id);
  session_row row;
  row.id = mint<session_id>(s);
  row.account = account;
  row.device = device;
  row.created_at = row.authenticated_at = s.now;
  be_seen(s, row);
  s.db.sessions[row.id] = {row, new_token};
  s.db.sessions_by_token[new_token] = row.id;
  return row;
}

void end_session_under(scope& s, const digest& token) {
  if (const auto* id = find_in(s.db.sessions_by_token, token))
    erase_session(s, session_id(*id));
}

std::optional<live_session> find_session(scope& s, const digest& token) {
  const auto* found = live_session_under(s, token);
  const auto* owner = found ? open_account(s, found->row.account) : nullptr;
  return owner ? std::optional(live_session{found->row, owner->row}) : std::nullopt;
}

int touch_sessions(scope& s, const std::vector<session_id>& seen) {
  int touched = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(seen.size(), 1000); ++i) {
    auto* found = find_in(s.db.sessions, seen[i]);
    if (!found || found->row.expires_at <= s.now || found->row.last_seen_at > s.now - std::chrono::minutes(1))
      continue;
    be_seen(s, found->row);
    ++touched;
  }
  return touched;
}

std::vector<session_row> list_sessions(scope& s, account_id of) {
  if (!open_account(s, of))
    return {};
  auto found = sessions_of(s, of);
  std::erase_if(found, [&](const session_row& row) { return row.expires_at <= s.now; });
  return found;
}

bool end_session(scope& s, account_id of, session_id which) {
  const auto* found = find_in(s.db.sessions, which);
  if (!found || found->row.account != of || found->row.expires_at <= s.now)
    return false;
  erase_session(s, which);
  return true;
}

int end_sessions(scope& s, account_id of, std::optional<session_id> but) {
  int ended = 0;
  for (const auto& row : sessions_of(s, of))
    if (row.id != but)
      ended += end_session(s, of, row.id) ? 1 : 0;
  return ended;
}

answer<key_outcome> create_own_key(scope& s, const new_key& key) {
  if (any_nul(key.name, key.hint))
    return refused("create_own_key", bad_text);
  if (!open_account(s, key.account))
    return key_outcome{key_made::account_gone, std::nullopt};
  const auto live = std::count_if(s.db.keys.begin(), s.db.keys.end(), [&](const auto& each) {
    const key_row& row = each.second.row;
    return row.account == key.account && !row.revoked_at && (!row.expires_at || *row.expires_at > s.now);
  });
  if (live >= s.settings.identity.keys)
    return key_outcome{key_made::too_many, std::nullopt};
  if (key.expires_at && *key.expires_at <= s.now)
    return refused("create_own_key", broken_rule);
  if (!is_key_cap(key.monthly_cap))
    return refused("create_own_key", broken_rule);
  if (s.db.keys_by_hash.contains(key.hash))
    return refused("create_own_key", already_there);
  return key_outcome{key_made::made, add_key(s, key)};
}

bool revoke_own_key(scope& s, account_id of, key_id key) {
  auto* stored = find_in(s.db.keys, key);
  if (!stored || stored->row.account != of || stored->row.revoked_at)
    return false;
  stored->row.revoked_at = s.now;
  s.db.ended.emplace_back(key);
  return true;
}

} // namespace easel::persistence::memory
