#pragma once

#include "actors/console_actions.hpp"

#include <string>
#include <vector>

/// How each action is previewed, done and named, and what they share. Private to console_actions*.cpp. Any thread.
namespace easel::actors {

[[nodiscard]] inline action_outcome shown(std::vector<std::string> effects, std::string stamp) {
  return {action_outcome::result::previewed, std::move(effects), std::move(stamp)};
}
[[nodiscard]] inline action_outcome refused(std::string why) {
  return {action_outcome::result::refused, {std::move(why)}, ""};
}
/// A preview without the database: `what` is a clause, "whether there is a prompt".
[[nodiscard]] inline action_outcome nobody_knows(std::string_view what) {
  return refused("The database does not answer, so nobody knows " + std::string(what) + '.');
}
[[nodiscard]] inline act_result told_by(const persistence::answer<bool>& answer) {
  return answer ? act_result{*answer} : act_result{false, {}, std::nullopt, answer.error().what};
}
[[nodiscard]] inline std::string calls(int count) { return std::to_string(count) + (count == 1 ? " call" : " calls"); }
[[nodiscard]] inline std::string minutes(std::chrono::minutes span) { return std::to_string(span.count()) + " min"; }
/// What its supervisor does when an actor of this kind has ended.
[[nodiscard]] std::string after_end(std::string_view kind);

// console_actions_upstreams.cpp
[[nodiscard]] action_outcome preview_of(const pause_upstream& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const resume_upstream& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const reset_breaker& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const drain_upstream& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const open_breaker& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const change_weight& a, const action_ground& on);
[[nodiscard]] act_result result_of(const pause_upstream& a, const action_ground& on);
[[nodiscard]] act_result result_of(const resume_upstream& a, const action_ground& on);
[[nodiscard]] act_result result_of(const reset_breaker& a, const action_ground& on);
[[nodiscard]] act_result result_of(const drain_upstream& a, const action_ground& on);
[[nodiscard]] act_result result_of(const open_breaker& a, const action_ground& on);
[[nodiscard]] act_result result_of(const change_weight& a, const action_ground& on);
[[nodiscard]] std::string title_of(const pause_upstream& a);
[[nodiscard]] std::string title_of(const resume_upstream& a);
[[nodiscard]] std::string title_of(const reset_breaker& a);
[[nodiscard]] std::string title_of(const drain_upstream& a);
[[nodiscard]] std::string title_of(const open_breaker& a);
[[nodiscard]] std::string title_of(const change_weight& a);

// console_actions_node.cpp
[[nodiscard]] action_outcome preview_of(const drain_node& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const resume_node& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const kill_actor& a, const action_ground& on);
[[nodiscard]] act_result result_of(const drain_node& a, const action_ground& on);
[[nodiscard]] act_result result_of(const resume_node& a, const action_ground& on);
[[nodiscard]] act_result result_of(const kill_actor& a, const action_ground& on);
[[nodiscard]] std::string title_of(const drain_node& a);
[[nodiscard]] std::string title_of(const resume_node& a);
[[nodiscard]] std::string title_of(const kill_actor& a);

// console_actions_people.cpp
[[nodiscard]] action_outcome preview_of(const reveal_prompt& a, const action_ground& on);
[[nodiscard]] action_outcome preview_of(const record_request& a, const action_ground& on);
[[nodiscard]] act_result result_of(const reveal_prompt& a, const action_ground& on);
[[nodiscard]] act_result result_of(const record_request& a, const action_ground& on);
[[nodiscard]] std::string title_of(const reveal_prompt& a);
[[nodiscard]] std::string title_of(const record_request& a);

} // namespace easel::actors
