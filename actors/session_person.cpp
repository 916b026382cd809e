#include "actors/session_actor.hpp"

#include "policies/api_key.hpp"
#include "policies/egress.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

bool is_paid_for(const persistence::grant_row& grant) {
  using persistence::grant_kind;
  return (grant.kind == grant_kind::subscription || grant.kind == grant_kind::pack) && grant.remaining.value() > 0;
}

/// What a wish to change the tier came to.
struct tier_wish {
  std::optional<persistence::account_row> account; ///< as it is afterwards
  bool unpaid = false;
};

persistence::answer<tier_wish> fulfil(persistence::store& s, account_id account, tier to) {
  auto row = s.find_account(account);
  if (!row)
    return easel::unexpected(row.error());
  if (!*row || (*row)->of_tier == to)
    return tier_wish{std::move(*row), false};
  if (to == tier::paid) {
    auto balance = s.find_balance(account);
    if (!balance)
      return easel::unexpected(balance.error());
    if (std::none_of(balance->grants.begin(), balance->grants.end(), is_paid_for))
      return tier_wish{std::move(*row), true};
  }
  auto changed = s.set_tier(account, to, "account holder", "switched by the person");
  if (!changed)
    return easel::unexpected(changed.error());
  (*row)->of_tier = to;
  return tier_wish{*changed ? std::move(*row) : std::nullopt, false};
}

} // namespace

void session_actor::on_person(const signed_in& who, const rename& q, const waiter_ptr& waiter) {
  ask_store<bool>(
    waiter, [account = account_, name = q.name](persistence::store& s) { return s.rename_person(account, name); },
    [this, who, waiter](bool& found) {
      if (found)
        answer_account(who, waiter);
      else
        waiter->answer(easel::unexpected(because(refusal::why::not_signed_in)));
    });
}

void session_actor::on_person(const signed_in&, const switch_tier& q, const waiter_ptr& waiter) {
  ask_store<tier_wish>(
    waiter, [account = account_, to = q.to](persistence::store& s) { return fulfil(s, account, to); },
    [this, waiter](tier_wish& wish) {
      if (!wish.account) {
        waiter->answer(easel::unexpected(because(refusal::why::not_signed_in)));
        return;
      }
      state.account = wish.account;
      figures_changed();
      const auto now_of = wish.account->of_tier;
      if (wish.unpaid)
        waiter->answer(easel::unexpected(because(refusal::why::no_paid_credits)));
      else
        waiter->answer(tier_answer{now_of, policies::provider_for(now_of)});
    });
}

// ---------------------------------------------------------------- keys

void session_actor::answer_keys(const waiter_ptr& waiter) {
  using rows = std::vector<persistence::key_row>;
  ask_store<rows>(
    waiter, [account = account_](persistence::store& s) { return s.list_keys(account); },
    [waiter](rows& keys) { waiter->answer(keys_answer{std::move(keys)}); });
}

void session_actor::on_person(const signed_in& who, const make_key& q, const waiter_ptr& waiter) {
  if (!policies::is_recent_sign_in(who.at, context_->wall_clock(), context_->settings.sign_in.windows)) {
    waiter->answer(easel::unexpected(because(refusal::why::recent_sign_in_required)));
    return;
  }
  if (q.expires_at && *q.expires_at <= context_->wall_clock()) {
    const policies::field_error past{"expires_at", "invalid_value", "`expires_at` must be in the future."};
    waiter->answer(easel::unexpected(refusal{refusal::why::invalid_request, past, std::nullopt}));
    return;
  }
  std::array<std::uint8_t, 32> random{};
  context_->random(random.data(), random.size());
  auto secret = policies::make_api_key(random);
  persistence::new_key key;
  key.account = account_;
  key.name = q.name;
  key.hash = context_->keys->keyed_hash(persistence::hash_purpose::api_key, secret.reveal());
  key.hint = policies::api_key_hint(secret);
  key.expires_at = q.expires_at;
  key.monthly_cap = q.monthly_cap;
  ask_store<persistence::key_outcome>(
    waiter, [key = std::move(key)](persistence::store& s) { return s.create_own_key(key); },
    [waiter, secret = std::move(secret)](persistence::key_outcome& outcome) {
      using persistence::key_made;
      if (outcome.result == key_made::made && outcome.key)
        waiter->answer(made_key{std::move(*outcome.key), secret});
      else
        waiter->answer(easel::unexpected(
          because(outcome.result == key_made::too_many ? refusal::why::too_many_keys : refusal::why::not_signed_in)));
    });
}

void session_actor::revoke(const revoke_key& q, const waiter_ptr& waiter) {
  ask_store<bool>(
    waiter, [account = account_, id = q.id](persistence::store& s) { return s.revoke_own_key(account, id); },
    [this, waiter, id = q.id](bool& found) {
      if (!found) {
        waiter->answer(easel::unexpected(because(refusal::why::not_found)));
        return;
      }
      send(router_, forget_callers{{id}});
      waiter->answer(revoked_key{id});
    });
}

// ---------------------------------------------------------------- sessions

void session_actor::on_person(const signed_in& who, const list_sessions&, const waiter_ptr& waiter) {
  using rows = std::vector<persistence::session_row>;
  ask_store<rows>(
    waiter, [account = account_](persistence::store& s) { return s.list_sessions(account); },
    [waiter, current = who.session](rows& sessions) {
      waiter->answer(sessions_answer{std::move(sessions), current});
    });
}

void session_actor::on_person(const signed_in& who, const end_session& q, const waiter_ptr& waiter) {
  ask_store<bool>(
    waiter, [account = account_, id = q.id](persistence::store& s) { return s.end_session(account, id); },
    [this, waiter, id = q.id, own = q.id == who.session](bool& found) {
      if (!found) {
        waiter->answer(easel::unexpected(because(refusal::why::not_found)));
        return;
      }
      send(router_, forget_callers{{id}});
      waiter->answer(ended_sessions{1, own});
    });
}

void session_actor::on_person(const signed_in& who, const end_sessions& q, const waiter_ptr& waiter) {
  const auto but = q.keep_current ? std::optional(who.session) : std::nullopt;
  ask_store<int>(
    waiter, [account = account_, but](persistence::store& s) { return s.end_sessions(account, but); },
    [this, waiter, all = !q.keep_current](int& count) {
      send(router_, forget_callers{{account_}});
      waiter->answer(ended_sessions{count, all});
    });
}

// ---------------------------------------------------------------- changes of the documents

void session_actor::answer_notices(const waiter_ptr& waiter) {
  using found = std::optional<std::vector<policies::acknowledgement>>;
  ask_store<found>(
    waiter, [account = account_](persistence::store& s) { return s.find_acknowledgements(account); },
    [waiter](found& acknowledged) {
      notices_answer out;
      if (acknowledged)
        out.open = policies::open_notices(*acknowledged, policies::documents_in_force(), policies::material_changes());
      waiter->answer(std::move(out));
    });
}

void session_actor::on_person(const signed_in&, const acknowledge& q, const waiter_ptr& waiter) {
  ask_store<bool>(
    waiter, [account = account_, what = q.what](persistence::store& s) { return s.acknowledge(account, what); },
    [this, waiter](bool& found) {
      if (found)
        answer_notices(waiter);
      else
        waiter->answer(easel::unexpected(because(refusal::why::not_signed_in)));
    });
}

// ---------------------------------------------------------------- for another door

void session_actor::on_person(const signed_in& who, const prove_person& q, const waiter_ptr& waiter) {
  if (q.recently && !policies::is_recent_sign_in(who.at, context_->wall_clock(), context_->settings.sign_in.windows))
    waiter->answer(easel::unexpected(because(refusal::why::recent_sign_in_required)));
  else
    waiter->answer(proven_person{account_});
}

} // namespace easel::actors
