#include "actors/router_actor.hpp"

#include "actors/session.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

constexpr std::size_t most_asked = 5000; ///< idle sessions with one sweep: a million leave within a minute
constexpr std::size_t most_seen = 1000;  ///< sessions told to the store with one sweep; the next look-up tells again

} // namespace

// -------------------------------------------------------------- the way in

void router_actor::on_knock(const knock& message) {
  if (const auto* known = state.callers.find(message.secret, now())) {
    let_in(*known, message);
    return;
  }
  switch (state.callers.wait(message)) {
  case caller_cache::place::first:
    look_up(message.secret, message.is);
    break;
  case caller_cache::place::behind:
    break;
  case caller_cache::place::overloaded:
    refuse(message.what, {refusal::why::overloaded, std::nullopt, std::chrono::seconds(1)});
    break;
  }
}

void router_actor::look_up(const digest& secret, credential::kind is) {
  if (is == credential::kind::session)
    look_up_session(secret);
  else
    look_up_key(secret);
}

void router_actor::look_up_key(const digest& secret) {
  state.store.query<std::optional<persistence::key_row>>(
    me(), [secret](persistence::store& s) { return s.find_key(secret); },
    [this, secret, at = state.callers.endings()](auto& found) {
      std::optional<caller_cache::known> who;
      if (found && *found)
        who = {(*found)->id, (*found)->account, now() + believed_for((*found)->expires_at)};
      on_looked_up(secret, who, found.has_value(), at);
    });
}

void router_actor::look_up_session(const digest& secret) {
  state.store.query<std::optional<persistence::live_session>>(
    me(), [secret](persistence::store& s) { return s.find_session(secret); },
    [this, secret, at = state.callers.endings()](auto& found) {
      std::optional<caller_cache::known> who;
      if (found && *found) {
        const auto& session = (*found)->session;
        if (state.seen.size() < most_seen)
          state.seen.push_back(session.id);
        who = {signed_in{session.id, session.authenticated_at}, session.account,
               now() + believed_for(session.expires_at)};
      }
      on_looked_up(secret, who, found.has_value(), at);
    });
}

duration router_actor::believed_for(std::optional<instant> expires_at) const {
  const auto longest = context_->settings.key_cache;
  return expires_at ? std::min(longest, *expires_at - context_->wall_clock()) : longest;
}

void router_actor::on_looked_up(const digest& secret, const std::optional<caller_cache::known>& who, bool certainly,
                                std::uint64_t asked_at) {
  auto served = state.callers.answer(secret, who, asked_at);
  for (const auto& call : served.calls) {
    if (who)
      let_in(*who, call);
    else
      refuse(call.what, certainly ? unknown_as(call.is) : refusal::why::store_unavailable);
  }
  if (served.ask)
    look_up(secret, *served.ask);
}

void router_actor::on_ended(const std::vector<persistence::revocation>& those) {
  state.callers.forget(those);
  for (const auto& one : those)
    if (const auto* account = std::get_if<account_id>(&one)) {
      if (const auto* session = state.sessions.find(*account))
        send(session->actor, account_changed{});
      else // a session would see whether it is deleted; without one there is nothing to follow
        house_traces(home_system()).forget(*account);
    }
}

void router_actor::let_in(const caller_cache::known& known, const knock& call) {
  if (call.notes)
    call.notes->recognised(known.account);
  const auto most = static_cast<std::size_t>(context_->settings.max_sessions);
  if (state.sessions.size() >= most && state.sessions.find(known.account) == nullptr) {
    refuse(call.what, {refusal::why::overloaded, std::nullopt, std::chrono::seconds(1)});
    return;
  }
  auto& session = session_of(known.account);
  state.sessions.use(session, now());
  send(session.actor, enter{known.who, call.what, call.notes});
}

// -------------------------------------------------------------- sessions

live_sessions::session& router_actor::session_of(account_id account) {
  if (auto* known = state.sessions.find(account))
    return *known;
  auto actor = spawn_session(this, context_, store_, account, node_);
  state.children[actor.id()] = {router_state::child::kind::session, account, {}, {}, 0};
  return state.sessions.add(account, std::move(actor), now());
}

/// Those that nobody has called for a while say whether they have reason to stay.
void router_actor::ask_idle_sessions() {
  for (const auto& one : state.sessions.take_idle(now() - context_->settings.session_idle, most_asked, now()))
    send(one.actor, idle_check{one.entered});
}

void router_actor::on_idle(const idle& message) {
  const auto* session = state.sessions.find(message.account);
  if (session == nullptr || session->entered != message.handled)
    return; // a call is on its way to it
  send(session->actor, passivate{});
  state.children.erase(session->actor.id());
  state.sessions.erase(message.account);
}

} // namespace easel::actors
