#include "persistence/memory/books.hpp"
#include "persistence/memory/operations.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

constexpr int most_images = 30; // as the table of generations has it

admitted outcome_of(const scope& s, const account& owner, const generation& g, admission result) {
  return {result,           g.row.id,         owner.row.of_tier, available_now(s.db, owner, s.now),
          g.row.created_at, g.row.expires_at, std::nullopt};
}

admitted rejected(const scope& s, const account* owner, admission result, std::optional<instant> until = {}) {
  admitted outcome;
  outcome.result = result;
  outcome.until = until;
  if (owner) {
    outcome.account_tier = owner->row.of_tier;
    outcome.balance = available_now(s.db, *owner, s.now);
  }
  return outcome;
}

bool key_is_live(const scope& s, const admit& command) {
  if (!command.key)
    return true;
  const auto* key = find_in(s.db.keys, *command.key);
  return key && key->row.account == command.account && !key->row.revoked_at
         && (!key->row.expires_at || *key->row.expires_at > s.now);
}

/// A claim dies with its window or its generation, whichever ends first.
bool is_live(const scope& s, const claim& c) {
  const auto* g = find_in(s.db.generations, c.generation);
  return g && !g->deleted && g->row.expires_at > s.now && s.now < c.made_at + s.settings.retention.idempotency;
}

bool may_attach(const scope& s, const generation& g, const admit& command, const digest& fingerprint) {
  // A retry after a failure is a new try, not a wait for the old answer.
  const bool in_vain = is_terminal(g.row.state) && g.row.state != generation_state::completed;
  return !in_vain && !g.deleted && g.key == command.key && g.fingerprint == fingerprint && g.awaits_answer
         && !g.answered && s.now < g.row.created_at + s.settings.retention.retry_attach
         && g.attached < command.retry_count;
}

/// An SDK repeats a call without saying which: the newest unanswered one with the same body and key is meant, and
/// each of its retries may claim one generation only.
generation* attach_retry(scope& s, const account& owner, const admit& command, const digest& fingerprint) {
  if (!command.key || command.retry_count < 1)
    return nullptr;
  for (auto id = owner.generations.rbegin(); id != owner.generations.rend(); ++id)
    if (auto& g = s.db.generations.at(*id); may_attach(s, g, command, fingerprint)) {
      g.attached = command.retry_count;
      return &g;
    }
  return nullptr;
}

std::optional<admitted> find_repeated(scope& s, const account& owner, const admit& command, const digest& fingerprint,
                                      const std::optional<digest>& idempotency) {
  if (idempotency) {
    const auto* c = find_in(s.db.claims, std::pair(command.account, *idempotency));
    if (!c || !is_live(s, *c))
      return std::nullopt;
    const auto result = c->fingerprint == fingerprint ? admission::attached : admission::key_reused;
    return outcome_of(s, owner, s.db.generations.at(c->generation), result);
  }
  if (const auto* g = attach_retry(s, owner, command, fingerprint))
    return outcome_of(s, owner, *g, admission::attached);
  return std::nullopt;
}

std::optional<admitted> find_obstacle(const scope& s, const account& owner, const admit& command) {
  const account_row& row = owner.row;
  if (row.restricted)
    return rejected(s, &owner, admission::restricted);
  if (row.state == account_state::suspended)
    return rejected(s, &owner, admission::suspended);
  if (row.cooldown_until && *row.cooldown_until > s.now)
    return rejected(s, &owner, admission::suspended, row.cooldown_until);
  if (row.of_tier != command.tier_seen)
    return rejected(s, &owner, admission::tier_changed);
  if (owner.active.size() >= static_cast<std::size_t>(std::max(0, command.max_active)))
    return rejected(s, &owner, admission::too_many_active);
  return std::nullopt;
}

std::chrono::year_month month_of(instant at) {
  const std::chrono::year_month_day date{day_of(at)};
  return date.year() / date.month();
}

std::optional<admitted> find_cap(const scope& s, const account& owner, const admit& command) {
  const auto* key = command.key ? &s.db.keys.at(*command.key).row : nullptr;
  if (!key || !key->monthly_cap || used_this_month(s, *key) + command.plan.price() <= *key->monthly_cap)
    return std::nullopt;
  const auto next = month_of(s.now) + std::chrono::months(1);
  auto outcome = rejected(s, &owner, admission::key_capped, instant(std::chrono::sys_days(next / 1)));
  outcome.key_cap = key->monthly_cap;
  return outcome;
}

generation make_row(const scope& s, const admit& command, const digest& fingerprint) {
  generation g;
  g.row.id = command.id;
  g.row.account = command.account;
  g.row.of_tier = command.tier_seen;
  g.row.plan = command.plan;
  g.row.prompt = command.prompt;
  g.row.created_at = s.now;
  g.row.expires_at = policies::content_expires_at(s.settings.retention, s.now);
  g.row.disclosures.push_back({recipient::openai_moderation, data_class::content, s.now});
  g.key = command.key;
  g.fingerprint = fingerprint;
  g.awaits_answer = command.awaits_answer;
  g.owner = {command.node, 1};
  return g;
}

admitted create(scope& s, account& owner, const admit& command, const digest& fingerprint,
                const std::optional<digest>& idempotency) {
  expire_grants(s, owner);
  if (owner.row.of_tier == tier::free)
    issue_daily(s, owner, command.daily_allowance);
  if (auto capped = find_cap(s, owner, command))
    return *capped;
  auto g = make_row(s, command, fingerprint);
  if (!hold(s, owner, g, command.plan.price()))
    return rejected(s, &owner, admission::insufficient_credits);
  if (command.key)
    s.db.keys.at(*command.key).row.last_used_at = s.now;
  if (idempotency)
    s.db.claims[{command.account, *idempotency}] = {command.id, fingerprint, s.now};
  owner.generations.insert(command.id);
  owner.active.insert(command.id);
  s.db.in_work.insert(command.id);
  return outcome_of(s, owner, s.db.generations.emplace(command.id, std::move(g)).first->second, admission::admitted);
}

bool is_skewed(const scope& s, generation_id id) {
  return std::chrono::abs(minted_at(id.value) - s.now) > s.settings.max_clock_skew;
}

} // namespace

credits used_this_month(const scope& s, const key_row& key) {
  credits used;
  if (!key.monthly_cap)
    return used;
  for (const auto& id : s.db.accounts.at(key.account).generations) {
    const auto& g = s.db.generations.at(id);
    if (g.key != key.id || month_of(g.row.created_at) != month_of(s.now))
      continue;
    used += g.row.charged;
    for (const auto& part : g.hold)
      used += part.amount;
  }
  return used;
}

answer<write_outcome> apply(scope& s, const admit& command) {
  auto* owner = find_in(s.db.accounts, command.account);
  if (const auto* same = find_in(s.db.generations, command.id)) {
    // The answer of an earlier attempt was lost on its way to this very node.
    if (owner && same->row.account == command.account && same->owner.node == command.node)
      return outcome_of(s, *owner, *same, admission::admitted);
    return refused("admit", already_there);
  }
  if (is_skewed(s, command.id) || command.plan.images < 1 || command.plan.images > most_images
      || command.plan.price_each.is_negative())
    return refused("admit", broken_rule);
  if (!owner || owner->row.state == account_state::closed)
    return rejected(s, nullptr, admission::account_gone);
  if (!key_is_live(s, command))
    return rejected(s, owner, admission::key_gone);

  const digest fingerprint = s.keys.keyed_hash(hash_purpose::fingerprint, command.fingerprint_source);
  std::optional<digest> idempotency;
  if (command.idempotency_key)
    idempotency = s.keys.keyed_hash(hash_purpose::idempotency_key, *command.idempotency_key);
  if (auto repeated = find_repeated(s, *owner, command, fingerprint, idempotency))
    return *repeated;
  if (auto obstacle = find_obstacle(s, *owner, command))
    return *obstacle;
  return create(s, *owner, command, fingerprint, idempotency);
}

} // namespace easel::persistence::memory
