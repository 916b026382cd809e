#pragma once

#include "actors/console_door.hpp"
#include "actors/directory.hpp"
#include "actors/log_control.hpp"
#include "actors/measures.hpp"

#include <functional>
#include <string>

/// What operators may do to a node, and what each would touch. Any thread.
namespace easel::actors {

/// Where actions find what they are done to.
struct action_ground {
  const directory& live;
  const upstream_board& upstreams;
  // Errors are the database's, here and below.
  /// Asks for the end of a generation that is in work, on whatever node; false when it is not in work.
  std::function<persistence::answer<bool>(generation_id)> cancel;
  /// Whether it is in work; nothing when the database does not say.
  std::function<std::optional<bool>(generation_id)> in_work;

  // Of an account; nothing when there is none, false when there was nothing to change.
  std::function<persistence::answer<std::optional<persistence::account_standing>>(account_id)> standing;
  std::function<persistence::answer<bool>(account_id)> suspend;
  std::function<persistence::answer<bool>(account_id)> lift;
  std::function<persistence::answer<bool>(account_id)> end_sessions;

  log_control& log;

  /// Images of a tier that wait for any of its credentials.
  std::function<std::int64_t(tier)> queued = nullptr;

  /// This node's; null: it cannot be drained.
  const node_control* node = nullptr;
  duration drain_limit{};                                    ///< for what is in work when it is drained
  std::function<std::int64_t()> work = nullptr;              ///< generations that it has in work
  std::function<std::optional<int>()> other_nodes = nullptr; ///< that live; nothing when the database does not say
  bool allows_chaos = false;                                 ///< `operator.chaos`

  /// Whose prompt it is and, if `with_text`, the prompt; nothing when there is none any more.
  std::function<persistence::answer<std::optional<persistence::found_prompt>>(generation_id, bool with_text)> prompt =
    nullptr;
  std::function<day()> today = nullptr; ///< in UTC
  /// What was recorded; nothing when there is no such account any more.
  std::function<persistence::answer<std::optional<persistence::privacy_request_row>>(
    const persistence::new_privacy_request&)>
    record = nullptr;
};

/// What came of an action.
struct act_result {
  bool was_done = false;              ///< false: its target has gone meanwhile, unless the database is why
  std::vector<std::string> said = {}; ///< sentences that only its doing could tell
  std::optional<revealed_prompt> revealed = std::nullopt;
  std::optional<persistence::store_error::kind> failure = std::nullopt; ///< the database is why it was not done
};

/// Who asked the database to change something and got no answer does not know whether it did; a prompt that was not
/// read was not shown.
[[nodiscard]] action_outcome::result outcome_of(const operator_action& what, const act_result& came);

/// How it went, as the audit has it after "outcome: ".
[[nodiscard]] std::string_view words_for(action_outcome::result how);

/// The account that it is about, which the audit keeps apart from the action's name.
[[nodiscard]] std::optional<account_id> account_of(const operator_action& what, const action_ground& on);

/// An action's name and target, as the audit has them: "upstream.pause sub2api/relay-1".
[[nodiscard]] std::string name_of(const operator_action& what);

/// What it would touch at this moment, with a stamp over what was found.
[[nodiscard]] action_outcome preview(const operator_action& what, const action_ground& on);

/// Does it, without another look.
[[nodiscard]] act_result perform(const operator_action& what, const action_ground& on);

} // namespace easel::actors
