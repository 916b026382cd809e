#pragma once

#include "actors/front_door.hpp"
#include "persistence/revocations.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The way in: front door → router → session. A call carries whoever waits for its answer; dropped on any way, the
/// waiter's own destructor answers.
namespace easel::actors {

struct create_call {
  std::shared_ptr<const create_request> what;
  watch_options how;
  std::shared_ptr<watcher> waiter;
};

struct watch_call {
  generation_id what;
  watch_options how;
  std::shared_ptr<watcher> waiter;
};

/// A question's answer, given exactly once; dropped unanswered it is `internal`.
class pending_reply {
public:
  explicit pending_reply(reply to) : to_(std::move(to)) {}
  pending_reply(const pending_reply&) = delete;
  pending_reply& operator=(const pending_reply&) = delete;
  ~pending_reply() { answer(easel::unexpected(refusal{})); }
  void answer(expected<query_answer, refusal> what) {
    if (auto to = std::exchange(to_, nullptr))
      to(std::move(what));
  }

private:
  reply to_;
};

struct ask_call {
  query what;
  std::shared_ptr<pending_reply> waiter;
};

using any_call = std::variant<create_call, watch_call, ask_call>;

/// A refusal for this reason, without details.
[[nodiscard]] inline refusal because(refusal::why reason) { return {reason, std::nullopt, std::nullopt}; }

/// Ends a call with a refusal, whichever kind it is.
void refuse(const any_call& c, const refusal& why);
void refuse(const any_call& c, refusal::why reason);

/// front door → router: a call and the keyed hash of the API key or session token it came with.
struct knock {
  digest secret{};
  credential::kind is = credential::kind::api_key;
  any_call what;
  std::shared_ptr<call_notes> notes; ///< may be null
};

/// A person in a browser.
struct signed_in {
  session_id session;
  instant at; ///< the latest sign-in
};

/// Who was found behind what was presented.
using caller = std::variant<key_id, signed_in>;

/// Nobody was: the one answer for unknown, revoked, ended, and an account that is gone.
[[nodiscard]] constexpr refusal::why unknown_as(credential::kind is) {
  return is == credential::kind::session ? refusal::why::not_signed_in : refusal::why::invalid_key;
}
[[nodiscard]] inline refusal::why unknown_as(const caller& who) {
  return unknown_as(std::holds_alternative<signed_in>(who) ? credential::kind::session : credential::kind::api_key);
}

/// router → session: a call of this account.
struct enter {
  caller who;
  any_call what;
  std::shared_ptr<call_notes> notes; ///< may be null
};

/// sign-in → router: the session token with this hash names nobody any more, or somebody else.
struct forget_caller {
  digest secret{};
};
/// session, revocation listener → router: these have ended or changed.
struct forget_callers {
  std::vector<persistence::revocation> whose;
};
/// revocation listener, root → router: whether the router will be told of what ends.
struct hears_endings {
  bool on = false;
};
/// router → session: the account's row has changed.
struct account_changed {};

/// front door → router.
struct kie_called {
  std::string token;
  std::string task_id;
  std::vector<std::string> senders; ///< labels of the credentials that it may come from
};
struct answer_written {
  generation_id id;
};

/// router → session: nobody has called for a while. `entered` counts the `enter`s sent to it.
struct idle_check {
  std::uint64_t entered = 0;
};
/// session → router: nothing to do; may I end? `handled` counts the `enter`s so far, so that none is lost between.
struct idle {
  account_id account;
  std::uint64_t handled = 0;
};
/// router → session.
struct passivate {};

/// session → router: a row of this node may or may not exist, because its admission was not answered.
struct row_in_doubt {
  generation_id id;
};
/// session → router.
struct cancel_wanted {
  generation_id id;
};
/// rights → router: its row has ended by other hands. Whoever works on it stops where they are.
struct row_ended {
  generation_id id;
};

/// root → router: stop accepting, tell when nothing is live any more.
struct drain {
  caf::actor tell;
};
struct drained {};
/// root → router: the drain was called off, take calls as before.
struct end_drain {};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::knock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::enter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::forget_caller)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::forget_callers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::hears_endings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::account_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::kie_called)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::answer_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::idle_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::row_in_doubt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::cancel_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::row_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::end_drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drained)
