#include "actors/console_actions.hpp"

#include "actors/console_action_parts.hpp"
#include "actors/retention_parts.hpp"

#include <algorithm>

namespace easel::actors {

std::string after_end(std::string_view kind) {
  if (kind == "generation")
    return "Its router starts it again from its row; a call that is out is not repeated.";
  if (kind == "session")
    return "Its waiting callers are told how to go on; its generations go on; the next call makes it anew.";
  if (kind == "provider connection")
    return "It is replaced after a second; calls that are out still reach their generations.";
  if (kind == "store worker")
    return "It is replaced at once with a new database connection; what it held is answered as unavailable.";
  return "Its supervisor replaces it after a second.";
}

namespace {

constexpr std::array<std::string_view, 7> restartable{"generation", "session",    "provider connection", "store worker",
                                                      "sign-in",    "access log", "console reader"};

/// The actor that does at its times what is wanted now.
std::shared_ptr<const vitals> runner_of(const run_now& what, const directory& live) {
  const std::string_view kind = what.is == run_now::what::retention ? "retention" : "billing reconciler";
  std::uint64_t id = 0;
  live.for_each([&](const vitals& v) {
    if (v.kind == kind && v.nudge)
      id = v.id;
  });
  return id == 0 ? nullptr : live.find(id);
}

struct previewer {
  const action_ground& on;

  action_outcome operator()(const restart_actor& a) const {
    const auto v = on.live.find(a.id);
    if (!v)
      return {};
    const std::string name = std::string(v->kind) + " #" + std::to_string(v->id);
    if (std::find(restartable.begin(), restartable.end(), v->kind) == restartable.end())
      return refused("The end of " + name + " would end others with it: restart the node instead.");
    return shown(
      {name + " ends; " + std::to_string(v->depth()) + " messages that wait for it are lost.", after_end(v->kind)},
      "restart " + name);
  }

  action_outcome operator()(const cancel_one& a) const {
    const auto in_work = on.in_work(a.id);
    if (!in_work)
      return nobody_knows("whether it is in work");
    if (!*in_work)
      return {};
    return shown({to_string(a.id) + " is asked to cancel: what was not begun is given up and its credits go back.",
                  "What is out with a provider decides by its outcome; images that come are charged, then deleted."},
                 "cancel " + to_string(a.id));
  }

  action_outcome operator()(const suspend_account& a) const { return of_account(a); }
  action_outcome operator()(const lift_account& a) const { return of_account(a); }
  action_outcome operator()(const end_account_sessions& a) const { return of_account(a); }

  template <class Action>
  action_outcome of_account(const Action& a) const {
    const auto answer = on.standing(a.whom);
    if (!answer)
      return nobody_knows("whether there is such an account");
    return *answer ? about(a, **answer) : action_outcome();
  }

  static action_outcome about(const suspend_account& a, const persistence::account_standing& found) {
    if (found.suspended)
      return refused("The account is suspended already.");
    return shown({"The account may generate nothing more until an operator lifts it; its keys and sessions still read.",
                  std::to_string(found.in_work)
                    + " generations are in work: what was not dispatched ends uncharged, the "
                      "rest is drawn to its end."},
                 "suspend " + to_string(a.whom));
  }

  static action_outcome about(const lift_account& a, const persistence::account_standing& found) {
    if (!found.suspended && !found.cools_until)
      return refused("The account is neither suspended nor cooling down.");
    return shown({std::string("The account may generate again at once: its ")
                    + (found.suspended ? "suspension" : "cool-down") + " ends.",
                  "Its strikes so far count no more."},
                 "lift " + to_string(a.whom) + (found.suspended ? " suspended" : " cooling"));
  }

  static action_outcome about(const end_account_sessions& a, const persistence::account_standing& found) {
    if (found.sessions == 0)
      return refused("Nobody is signed in to the account.");
    return shown({std::to_string(found.sessions) + " browsers are signed out at once, on every node.",
                  "Its API keys go on; the person may sign in again."},
                 "sessions " + to_string(a.whom) + ' ' + std::to_string(found.sessions));
  }

  action_outcome operator()(const run_now& a) const {
    const auto who = runner_of(a, on.live);
    if (!who)
      return {};
    const std::string name = std::string(who->kind) + " #" + std::to_string(who->id);
    const std::string_view state = who->state.load(std::memory_order_relaxed);
    if (state == "another node does it")
      return refused("Another node of the cluster does this work: have it done there.");
    if (state == "in a round")
      return refused("A round is under way already.");
    if (state == retention_halted)
      return refused(
        "Nothing is deleted while the clock is not believed: when it is right, say so with easelctl retention "
        "confirm-clock; then it begins by itself.");
    if (a.is == run_now::what::retention)
      return shown({name + " begins a round at once: what has had its time is deleted, at the usual pace.",
                    "Nothing goes that would not have gone within minutes."},
                   "run " + name);
    return shown({name + " runs all its sweeps at once, within the usual reads per second.",
                  "What differs from Stripe's objects is put into the inbox, and applied as every event."},
                 "run " + name);
  }

  action_outcome operator()(const set_log_level& a) const {
    const auto now = on.log.level();
    if (now == a.level)
      return refused("The log's level is " + a.level + " already.");
    return shown({"The log's level is " + a.level + " for " + std::to_string(a.span.count()) + " min, then "
                    + on.log.usual() + " again by itself.",
                  a.level == "debug" ? "It then also has each finding of a lint as it comes and goes."
                                     : "It lacks what is of less weight."},
                 "log " + now + " to " + a.level);
  }

  template <class Action>
  action_outcome operator()(const Action& a) const {
    return preview_of(a, on);
  }
};

struct performer {
  const action_ground& on;

  bool operator()(const restart_actor& a) const {
    const auto v = on.live.find(a.id);
    if (v)
      v->kill();
    return v != nullptr;
  }
  act_result operator()(const cancel_one& a) const { return told_by(on.cancel(a.id)); }
  act_result operator()(const suspend_account& a) const { return told_by(on.suspend(a.whom)); }
  act_result operator()(const lift_account& a) const { return told_by(on.lift(a.whom)); }
  act_result operator()(const end_account_sessions& a) const { return told_by(on.end_sessions(a.whom)); }
  bool operator()(const run_now& a) const {
    const auto who = runner_of(a, on.live);
    if (who)
      who->nudge();
    return who != nullptr;
  }
  bool operator()(const set_log_level& a) const {
    on.log.change(a.level, std::chrono::steady_clock::now() + a.span);
    return true;
  }

  template <class Action>
  act_result operator()(const Action& a) const {
    return result_of(a, on);
  }
};

struct namer {
  std::string operator()(const restart_actor& a) const { return "actor.restart #" + std::to_string(a.id); }
  std::string operator()(const cancel_one& a) const { return "generation.cancel " + to_string(a.id); }
  std::string operator()(const suspend_account&) const { return "account.suspend"; }
  std::string operator()(const lift_account&) const { return "account.lift"; }
  std::string operator()(const end_account_sessions&) const { return "account.end_sessions"; }
  std::string operator()(const run_now& a) const {
    return a.is == run_now::what::retention ? "retention.run" : "billing.reconcile";
  }
  std::string operator()(const set_log_level& a) const {
    return "log.level " + a.level + " for " + std::to_string(a.span.count()) + " min";
  }
  template <class Action>
  std::string operator()(const Action& a) const {
    return title_of(a);
  }
};

} // namespace

std::optional<account_id> account_of(const operator_action& what, const action_ground& on) {
  return std::visit(
    [&](const auto& a) -> std::optional<account_id> {
      using action = std::decay_t<decltype(a)>;
      if constexpr (requires { a.whom; })
        return a.whom;
      else if constexpr (std::is_same_v<action, record_request>)
        return a.what.account;
      else if constexpr (std::is_same_v<action, reveal_prompt>) {
        const auto found = on.prompt ? on.prompt(a.id, false).value_or(std::nullopt) : std::nullopt;
        return found ? std::optional(found->account) : std::nullopt;
      } else
        return std::nullopt;
    },
    what);
}

std::string name_of(const operator_action& what) { return std::visit(namer{}, what); }

action_outcome preview(const operator_action& what, const action_ground& on) {
  auto out = std::visit(previewer{on}, what);
  // What was asked for is part of it: who was shown a pause of a minute has not agreed to one of a day.
  if (out.how == action_outcome::result::previewed)
    out.stamp = name_of(what) + "; " + out.stamp;
  return out;
}

action_outcome::result outcome_of(const operator_action& what, const act_result& came) {
  using result = action_outcome::result;
  if (came.was_done)
    return result::done;
  if (!came.failure)
    return result::no_target;
  if (*came.failure == persistence::store_error::kind::refused)
    return result::failed;
  return std::holds_alternative<reveal_prompt>(what) ? result::unanswered : result::unknown;
}

std::string_view words_for(action_outcome::result how) {
  using result = action_outcome::result;
  switch (how) {
  case result::done:
    return "done";
  case result::no_target:
    return "its target was gone";
  case result::unanswered:
    return "not done: the database did not answer";
  case result::failed:
    return "not done: the database refused it";
  case result::unknown:
    return "not known to be done: the database did not answer";
  case result::previewed:
  case result::changed:
  case result::refused:
    break;
  }
  return "not done";
}

act_result perform(const operator_action& what, const action_ground& on) {
  return std::visit(
    [&](const auto& a) -> act_result {
      if constexpr (std::is_same_v<decltype(performer{on}(a)), bool>)
        return {performer{on}(a)};
      else
        return performer{on}(a);
    },
    what);
}

} // namespace easel::actors
