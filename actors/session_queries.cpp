#include "actors/session_actor.hpp"

#include "policies/egress.hpp"

namespace easel::actors {

namespace {

refusal because(const policies::field_error& error) {
  return {error.code == "model_not_found" ? refusal::why::model_not_found : refusal::why::invalid_request, error,
          std::nullopt};
}

// The day's allowance comes with the first hold of the day; a person may count on it before.
persistence::answer<persistence::balance> spendable(persistence::store& s, account_id account, credits allowance) {
  auto balance = s.find_balance(account);
  if (balance && balance->allowance_due)
    balance->available += allowance;
  return balance;
}

} // namespace

void session_actor::on_ask(const caller& who, const ask_call& call) {
  const auto& waiter = call.waiter;
  std::visit(
    [&](const auto& q) {
      using Q = std::decay_t<decltype(q)>;
      if constexpr (std::is_same_v<Q, find_generation>)
        answer_generation(q, waiter);
      else if constexpr (std::is_same_v<Q, list_generations>)
        answer_list(q, waiter);
      else if constexpr (std::is_same_v<Q, find_image>)
        answer_image(q, waiter);
      else if constexpr (std::is_same_v<Q, cancel_generation>)
        answer_cancel(q, waiter);
      else if constexpr (std::is_same_v<Q, quote>)
        answer_quote(q, waiter);
      else if constexpr (std::is_same_v<Q, find_account>)
        answer_account(who, waiter);
      else if constexpr (std::is_same_v<Q, find_credits>)
        answer_credits(q, waiter);
      else if constexpr (std::is_same_v<Q, list_models>)
        waiter->answer(models_answer{context_->settings.catalogue.models, state.account->of_tier});
      else if constexpr (std::is_same_v<Q, find_notices>)
        answer_notices(waiter);
      else if constexpr (std::is_same_v<Q, list_keys>)
        answer_keys(waiter);
      else if constexpr (std::is_same_v<Q, revoke_key>)
        revoke(q, waiter);
      else if (const auto* person = std::get_if<signed_in>(&who))
        on_person(*person, q, waiter);
      else
        waiter->answer(easel::unexpected(because(refusal::why::session_required)));
    },
    call.what);
}

void session_actor::answer_generation(const find_generation& q, const waiter_ptr& waiter) {
  if (auto it = state.generations.find(q.id); it != state.generations.end() && it->second.facts) {
    waiter->answer(view_of(it->second));
    return;
  }
  using found = std::optional<persistence::generation_row>;
  ask_store<found>(
    waiter, [account = account_, id = q.id](persistence::store& s) { return s.find_generation(account, id); },
    [waiter](found& row) {
      if (row)
        waiter->answer(generation_view{std::move(*row), std::nullopt, std::nullopt});
      else
        waiter->answer(easel::unexpected(because(refusal::why::not_found)));
    });
}

void session_actor::answer_list(const list_generations& q, const waiter_ptr& waiter) {
  using rows = persistence::page<persistence::generation_row>;
  ask_store<rows>(
    waiter, [account = account_, q](persistence::store& s) { return s.list_generations(account, q.before, q.limit); },
    [this, waiter](rows& found) {
      // What runs here may be a step ahead of its row.
      for (auto& row : found.rows)
        if (auto it = state.generations.find(row.id); it != state.generations.end() && it->second.facts)
          row.state = it->second.row.state;
      waiter->answer(std::move(found));
    });
}

void session_actor::answer_image(const find_image& q, const waiter_ptr& waiter) {
  using found = std::optional<image_answer>;
  ask_store<found>(
    waiter,
    [account = account_, q](persistence::store& s) -> persistence::answer<found> {
      auto row = s.find_generation(account, q.id);
      if (!row)
        return easel::unexpected(row.error());
      if (*row)
        for (const auto& image : (*row)->images)
          if (image.index == q.index) {
            auto bytes = s.find_image(account, q.id, q.index);
            if (!bytes)
              return easel::unexpected(bytes.error());
            if (*bytes)
              return found(image_answer{image, std::move(*bytes)});
          }
      return found();
    },
    [waiter](found& image) {
      if (image)
        waiter->answer(std::move(*image));
      else
        waiter->answer(easel::unexpected(because(refusal::why::not_found)));
    });
}

// The wish is durable before it is passed on: it outlives this node, and reaches whichever one does the work.
void session_actor::answer_cancel(const cancel_generation& q, const waiter_ptr& waiter) {
  struct result {
    std::optional<persistence::generation_row> row;
    bool deleted = false;
  };
  ask_store<result>(
    waiter,
    [account = account_, id = q.id](persistence::store& s) -> persistence::answer<result> {
      auto row = s.find_generation(account, id);
      if (!row)
        return easel::unexpected(row.error());
      if (!*row)
        return result{};
      auto deleted = s.delete_generation(account, id);
      if (!deleted)
        return easel::unexpected(deleted.error());
      if (!*deleted) {
        auto asked = s.request_cancel(account, id);
        if (!asked)
          return easel::unexpected(asked.error());
        if (!*asked) { // it ended between the two
          deleted = s.delete_generation(account, id);
          if (!deleted)
            return easel::unexpected(deleted.error());
        }
      }
      return result{std::move(*row), *deleted};
    },
    [this, waiter](result& r) {
      if (!r.row) {
        waiter->answer(easel::unexpected(because(refusal::why::not_found)));
        return;
      }
      if (!r.deleted)
        send(router_, cancel_wanted{r.row->id});
      waiter->answer(cancel_answer{{std::move(*r.row), std::nullopt, std::nullopt}, r.deleted});
    });
}

void session_actor::answer_quote(const quote& q, const waiter_ptr& waiter) {
  struct result {
    std::optional<persistence::account_row> account;
    persistence::balance balance;
  };
  ask_store<result>(
    waiter,
    [account = account_,
     allowance = context_->settings.daily_allowance](persistence::store& s) -> persistence::answer<result> {
      auto row = s.find_account(account);
      if (!row)
        return easel::unexpected(row.error());
      auto balance = spendable(s, account, allowance);
      if (!balance)
        return easel::unexpected(balance.error());
      return result{std::move(*row), std::move(*balance)};
    },
    [this, q, waiter](result& r) {
      if (!r.account) {
        waiter->answer(easel::unexpected(because(refusal::why::invalid_key)));
        return;
      }
      state.account = r.account;
      const auto of_tier = r.account->of_tier;
      auto plan = policies::plan_generation(context_->settings.catalogue, of_tier, q.request);
      if (!plan)
        waiter->answer(easel::unexpected(because(plan.error())));
      else
        waiter->answer(quote_answer{*plan, of_tier, policies::provider_for(of_tier), r.balance.available});
    });
}

void session_actor::answer_account(const caller& who, const waiter_ptr& waiter) {
  const bool by_key = std::holds_alternative<key_id>(who);
  if (by_key && state.account && state.figures && now() < state.figures->until) {
    waiter->answer(account_answer{*state.account, state.figures->available, state.figures->held, std::nullopt});
    return;
  }
  using result = std::optional<account_answer>;
  ask_store<result>(
    waiter,
    [account = account_, allowance = context_->settings.daily_allowance,
     in_person = !by_key](persistence::store& s) -> persistence::answer<result> {
      auto row = s.find_account(account);
      if (!row)
        return easel::unexpected(row.error());
      if (!*row)
        return result();
      auto balance = spendable(s, account, allowance);
      if (!balance)
        return easel::unexpected(balance.error());
      account_answer found{**row, balance->available, balance->held, std::nullopt};
      if (in_person) {
        auto person = s.find_person(account);
        if (!person)
          return easel::unexpected(person.error());
        found.person = std::move(*person);
      }
      return result(std::move(found));
    },
    [this, who, waiter, asked_when = now(), asked_at = state.changes](result& found) {
      if (!found) {
        waiter->answer(easel::unexpected(because(unknown_as(who))));
        return;
      }
      state.account = found->account;
      keep_figures(*found, asked_when, asked_at);
      waiter->answer(std::move(*found));
    });
}

void session_actor::keep_figures(const account_answer& found, moment asked_when, std::uint32_t asked_at) {
  // Without word of what changes elsewhere an account that was suspended would still be shown as active.
  if (asked_at == state.changes && context_->counts->hears_endings.load(std::memory_order_relaxed))
    state.figures = {found.available, found.held, asked_when + context_->settings.account_fresh};
}

void session_actor::figures_changed() {
  ++state.changes;
  state.figures.reset();
}

void session_actor::answer_credits(const find_credits& q, const waiter_ptr& waiter) {
  ask_store<credits_answer>(
    waiter,
    [account = account_, allowance = context_->settings.daily_allowance,
     q](persistence::store& s) -> persistence::answer<credits_answer> {
      auto balance = spendable(s, account, allowance);
      if (!balance)
        return easel::unexpected(balance.error());
      auto entries = s.list_entries(account, q.before, q.limit);
      if (!entries)
        return easel::unexpected(entries.error());
      return credits_answer{std::move(*balance), std::move(*entries)};
    },
    [waiter](credits_answer& found) { waiter->answer(std::move(found)); });
}

} // namespace easel::actors
