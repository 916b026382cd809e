#include "actors/sign_in_actor.hpp"

namespace easel::actors {

namespace {

using policies::callback_outcome;
using policies::id_token_fault;
using policies::key_decision;

constexpr std::size_t longest_state = 128;

/// What the person is told when a callback goes no further.
sign_in_step step_of(callback_outcome outcome) {
  switch (outcome) {
  case callback_outcome::exchange:
  case callback_outcome::not_started:
  case callback_outcome::used_up:
  case callback_outcome::expired:
    return sign_in_step::lapsed;
  case callback_outcome::state_mismatch:
  case callback_outcome::foreign_issuer:
    return sign_in_step::not_ours;
  case callback_outcome::denied:
    return sign_in_step::cancelled;
  case callback_outcome::interaction_needed:
  case callback_outcome::provider_error:
  case callback_outcome::no_code:
    return sign_in_step::refused;
  }
  return sign_in_step::refused;
}

sign_in_step step_of(const policies::upstream_failure& failure) {
  switch (failure.what) {
  case policies::failure_class::refused:
    return sign_in_step::refused;
  case policies::failure_class::our_account:
  case policies::failure_class::our_request:
    return sign_in_step::misconfigured;
  default:
    return sign_in_step::google_away;
  }
}

/// Faults that no fresh key would mend.
bool is_formal(id_token_fault fault) {
  return fault == id_token_fault::malformed || fault == id_token_fault::algorithm || fault == id_token_fault::no_key_id;
}

} // namespace

void sign_in_actor::on_callback(const callback_step& message) {
  if (!google_.client)
    return message.waiter->fail(step::not_configured);
  const auto& states = message.what->query.state;
  if (!message.cookie || states.size() != 1 || states.front().size() > longest_state)
    return judge(message, std::nullopt);
  ask<std::optional<persistence::taken_sign_in>>(
    message.waiter,
    [cookie = *message.cookie, state_hash = hash(persistence::hash_purpose::sign_in_state, states.front())](
      persistence::store& s) { return s.take_sign_in(cookie, state_hash); },
    [this, message](std::optional<persistence::taken_sign_in>& taken) { judge(message, std::move(taken)); });
}

// The store gives a record once, only to its own cookie and state, and none that has expired.
void sign_in_actor::judge(const callback_step& message, std::optional<persistence::taken_sign_in> taken) {
  const auto& said = message.what->query;
  const auto at = context_->wall_clock();
  std::optional<policies::pending_sign_in> record;
  if (taken)
    record = policies::pending_sign_in{secret_text(said.state.front()), at, false};
  const auto outcome = policies::judge_callback(record, said, google_.settings.token.issuer, settings().windows, at);
  if (outcome != callback_outcome::exchange)
    return message.waiter->fail(step_of(outcome));
  const auto ticket = ++state.last_ticket;
  auto& one = state.arrivals[ticket];
  one.cookie = *message.cookie;
  one.device = message.what->device;
  one.record = std::move(*taken);
  one.waiter = message.waiter;
  with_endpoints([this, ticket, code = said.code.front()](const client::google::endpoints* at_google) {
    if (at_google)
      exchange(ticket, *at_google, code);
    else
      fail(ticket, step::google_away);
  });
}

void sign_in_actor::exchange(std::uint64_t ticket, const client::google::endpoints& at, const std::string& code) {
  google_.client->exchange(
    at, {secret_text(code), state.arrivals.at(ticket).record.verifier, redirect_uri()},
    [self = me(), ticket](expected<secret_text, policies::upstream_failure> got) {
      caf::anon_send(self, code_exchanged{ticket, std::make_shared<decltype(got)>(std::move(got))});
    });
}

void sign_in_actor::on_exchanged(const code_exchanged& message) {
  const auto& got = *message.id_token;
  if (!got)
    return fail(message.ticket, step_of(got.error()));
  state.arrivals.at(message.ticket).id_token = *got;
  verify(message.ticket);
}

void sign_in_actor::verify(std::uint64_t ticket) {
  auto claims = client::google::read_id_token(state.arrivals.at(ticket).id_token, state.keys);
  if (!claims && is_formal(claims.error()))
    return refuse_token(ticket, claims.error());
  const bool held = claims || claims.error() != id_token_fault::unknown_key;
  const auto decision = policies::decide_key(state.keys_age, held, google_.settings.keys, now());
  if (decision == key_decision::use)
    return claims ? identify(ticket, *claims) : refuse_token(ticket, claims.error());
  if (decision == key_decision::fetch || state.fetching_keys) {
    state.for_keys.push_back(ticket);
    return fetch_keys();
  }
  if (decision == key_decision::unknown_key)
    return refuse_token(ticket, id_token_fault::unknown_key);
  fail(ticket, step::google_away);
}

void sign_in_actor::identify(std::uint64_t ticket, const policies::id_claims& claims) {
  const auto& one = state.arrivals.at(ticket);
  auto person =
    policies::check_id_token(claims, google_.settings.token, secret_text(one.record.nonce), context_->wall_clock());
  if (!person)
    return refuse_token(ticket, person.error());
  const auto token = random_text();
  persistence::sign_in_finish finish;
  finish.token = one.cookie;
  finish.new_token = cookie_hash(token);
  finish.claims = {google_.settings.token.issuer, person->subject, person->email, person->display_name};
  finish.device = one.device;
  ask<persistence::sign_in_outcome>(
    one.waiter, [finish = std::move(finish)](persistence::store& s) { return s.finish_sign_in(finish); },
    [this, waiter = one.waiter, before = one.cookie, token](persistence::sign_in_outcome& outcome) {
      conclude(waiter, before, token, outcome);
    });
  state.arrivals.erase(ticket);
}

/// What the store made of somebody who proved who they are, or confirmed it.
void sign_in_actor::conclude(const sign_in_waiter_ptr<finished_sign_in>& waiter, const digest& before,
                             const secret_text& token, persistence::sign_in_outcome& outcome) {
  using persistence::sign_in_result;
  switch (outcome.result) {
  case sign_in_result::signed_in: {
    send(router_, forget_caller{before});
    const auto ends = outcome.session->created_at + settings().session_life;
    const auto left = whole_seconds(ends - context_->wall_clock());
    return waiter->succeed(step::signed_in, finished_sign_in{{token, left}, false, std::move(outcome.return_path)});
  }
  case sign_in_result::confirmation_needed:
    return waiter->succeed(step::asked, finished_sign_in{{token, whole_seconds(settings().windows.pending)}, true, {}});
  case sign_in_result::account_closed:
    return waiter->fail(step::account_closed);
  case sign_in_result::gone:
    return waiter->fail(step::lapsed);
  }
}

void sign_in_actor::refuse_token(std::uint64_t ticket, id_token_fault fault) {
  context_->counts->token_faults[static_cast<std::size_t>(fault)].fetch_add(1, std::memory_order_relaxed);
  fail(ticket, fault == id_token_fault::email_unverified ? step::email_unverified : step::token_refused);
}

void sign_in_actor::fail(std::uint64_t ticket, step why) {
  if (auto node = state.arrivals.extract(ticket))
    node.mapped().waiter->fail(why);
}

} // namespace easel::actors
