#include "actors/sign_in.hpp"

#include "actors/sign_in_actor.hpp"
#include "http/client/google_authorization.hpp"

namespace easel::actors {

sign_in_actor::sign_in_actor(caf::actor_config& config, context_ptr context, caf::actor store, caf::actor router,
                             google_parts google)
    : house_actor<sign_in_state>(config),
      context_(std::move(context)),
      router_(std::move(router)),
      google_(std::move(google)) {
  is_kind("sign-in");
  state.store.attach(std::move(store));
}

caf::behavior sign_in_actor::make_behavior() {
  return {
    [this](const begin_step& message) { on_begin(message); },
    [this](const callback_step& message) { on_callback(message); },
    [this](const pending_step& message) { on_pending(message); },
    [this](const confirm_step& message) { on_confirm(message); },
    [this](const decline_step& message) { on_decline(message); },
    [this](const sign_out_step& message) { on_sign_out(message); },
    [this](const endpoints_found& message) { on_endpoints(*message.result); },
    [this](const keys_found& message) { on_keys(*message.result); },
    [this](const code_exchanged& message) { on_exchanged(message); },
    [this](const store_answered& message) { state.store.deliver(message); },
  };
}

// ---------------------------------------------------------------- to Google

void sign_in_actor::on_begin(const begin_step& message) {
  if (!google_.client)
    return message.waiter->fail(step::not_configured);
  with_endpoints([this, message](const client::google::endpoints* at) {
    if (at)
      begin(message, at->authorization);
    else
      message.waiter->fail(step::google_away);
  });
}

// A cookie that names a session goes on until the new sign-in succeeds. Any other is replaced: a token that this
// server did not make gives no sign-in its name.
void sign_in_actor::begin(const begin_step& message, const std::string& endpoint) {
  struct beginning {
    persistence::sign_in_begun begun;
    bool again = false; ///< somebody is signed in
  };
  const auto token = random_text();
  client::google::authorization_request request;
  request.client_id = google_.settings.token.client_id;
  request.redirect_uri = redirect_uri();
  request.state = random_text();
  request.nonce = random_text();
  request.verifier = random_text();
  persistence::sign_in_start start;
  start.token = cookie_hash(token);
  start.state = hash(persistence::hash_purpose::sign_in_state, request.state.reveal());
  start.nonce = request.nonce.reveal();
  start.verifier = request.verifier;
  start.return_path = message.return_path;
  ask<beginning>(
    message.waiter,
    [start, cookie = message.cookie](persistence::store& s) mutable -> persistence::answer<beginning> {
      beginning out;
      if (cookie) {
        auto session = s.find_session(*cookie);
        if (!session)
          return easel::unexpected(session.error());
        out.again = session->has_value();
      }
      if (out.again)
        start.token = *cookie;
      auto begun = s.begin_sign_in(start);
      if (!begun)
        return easel::unexpected(begun.error());
      out.begun = *begun;
      return out;
    },
    [this, waiter = message.waiter, token, request, endpoint](beginning& found) mutable {
      context_->counts->sign_ins_displaced.fetch_add(static_cast<std::uint64_t>(found.begun.displaced),
                                                     std::memory_order_relaxed);
      request.choose_account = found.again;
      begun_sign_in out{client::google::encode_authorization_url(endpoint, request), std::nullopt};
      if (!found.again)
        out.cookie = cookie_change{token, whole_seconds(settings().windows.pending)};
      waiter->succeed(step::begun, std::move(out));
    });
}

// ---------------------------------------------------------------- who is new here

void sign_in_actor::on_pending(const pending_step& message) {
  using found = std::optional<persistence::person_to_confirm>;
  ask<found>(
    message.waiter, [cookie = message.cookie](persistence::store& s) { return s.find_unconfirmed(cookie); },
    [waiter = message.waiter](found& person) {
      if (person)
        waiter->succeed(step::shown, std::move(*person));
      else
        waiter->fail(step::lapsed);
    });
}

void sign_in_actor::on_confirm(const confirm_step& message) {
  const auto token = random_text();
  const persistence::sign_in_confirmation confirmation{message.cookie, cookie_hash(token), settings().terms_version,
                                                       message.device, policies::acknowledged_at_sign_up()};
  ask<persistence::sign_in_outcome>(
    message.waiter, [confirmation](persistence::store& s) { return s.confirm_sign_in(confirmation); },
    [this, message, token](persistence::sign_in_outcome& outcome) {
      conclude(message.waiter, message.cookie, token, outcome);
    });
}

void sign_in_actor::on_decline(const decline_step& message) {
  ask<bool>(
    message.waiter, [cookie = message.cookie](persistence::store& s) { return s.decline_sign_in(cookie); },
    [waiter = message.waiter](bool&) { waiter->succeed(step::declined); });
}

// ---------------------------------------------------------------- and out

void sign_in_actor::on_sign_out(const sign_out_step& message) {
  ask<bool>(
    message.waiter,
    [cookie = message.cookie](persistence::store& s) -> persistence::answer<bool> {
      auto session = s.find_session(cookie);
      if (!session)
        return easel::unexpected(session.error());
      if (*session)
        if (auto ended = s.end_session((*session)->session.account, (*session)->session.id); !ended)
          return ended;
      return s.decline_sign_in(cookie);
    },
    [this, message](bool&) {
      send(router_, forget_caller{message.cookie});
      message.waiter->succeed(step::signed_out);
    });
}

caf::actor spawn_sign_in(caf::event_based_actor* root, context_ptr context, caf::actor store, caf::actor router,
                         google_parts google) {
  return root->spawn<sign_in_actor, caf::monitored>(std::move(context), std::move(store), std::move(router),
                                                    std::move(google));
}

} // namespace easel::actors
