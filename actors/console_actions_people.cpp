#include "actors/console_action_parts.hpp"

/// What touches one person: their prompt, and what they asked for by mail.
namespace easel::actors {

namespace {

std::string seconds(std::chrono::seconds span) { return std::to_string(span.count()) + " s"; }

persistence::answer<std::optional<persistence::found_prompt>> prompt_of(const reveal_prompt& a, const action_ground& on,
                                                                        bool with_text) {
  return on.prompt ? on.prompt(a.id, with_text) : std::optional<persistence::found_prompt>();
}

} // namespace

// ---------------------------------------------------------------- a prompt

action_outcome preview_of(const reveal_prompt& a, const action_ground& on) {
  const auto answer = prompt_of(a, on, false);
  if (!answer)
    return nobody_knows("whether there is a prompt");
  const auto& found = *answer;
  if (!found)
    return refused("There is nothing to reveal: the generation is unknown, or its prompt was deleted.");
  if (found->is_restricted)
    return refused("Its person had their processing restricted (RIGHT-4): nothing is done with their data.");
  return shown(
    {"The prompt of " + to_string(a.id) + " is shown to you once, for " + seconds(a.span) + ", and to nobody else.",
     "Its author finds in the copy of their data who looked, when, and the reason that you give."},
    "reveal " + to_string(a.id));
}

act_result result_of(const reveal_prompt& a, const action_ground& on) {
  auto answer = prompt_of(a, on, true);
  if (!answer)
    return {false, {}, std::nullopt, answer.error().what};
  auto& found = *answer;
  if (!found || !found->text)
    return {};
  return {true, {}, revealed_prompt{std::move(*found->text), a.span}};
}

std::string title_of(const reveal_prompt& a) { return "prompt.reveal " + to_string(a.id) + " for " + seconds(a.span); }

// ---------------------------------------------------------------- a request by mail

action_outcome preview_of(const record_request& a, const action_ground& on) {
  if (!on.record || !on.today)
    return {};
  if (a.what.received > on.today())
    return refused("The day of its receipt lies in the future.");
  if (a.what.account) {
    const auto standing = on.standing(*a.what.account);
    if (!standing)
      return nobody_knows("whether there is such an account");
    if (!*standing)
      return refused("There is no such account, or it is closed.");
  }
  const auto kind = std::string(to_string(a.what.kind));
  const auto due = easel::to_string(policies::due_on(a.what.received, false));
  std::vector<std::string> effects{"A request is recorded: " + kind + ", received on "
                                     + easel::to_string(a.what.received) + ", to be answered by " + due + '.',
                                   a.what.account
                                     ? "It names an account, in whose copy of its data it stands."
                                     : "It names no account; `easelctl privacy-request assign` does later."};
  if (policies::fulfilment_of(a.what.kind) != policies::fulfilment::by_hand)
    effects.emplace_back(
      "Nothing is erased or restricted by this: `easelctl privacy-request fulfil` does what is asked.");
  return shown(std::move(effects), "record " + kind + ' ' + easel::to_string(a.what.received) + ' '
                                     + (a.what.account ? to_string(*a.what.account) : "-") + ' ' + a.what.reference);
}

act_result result_of(const record_request& a, const action_ground& on) {
  if (!on.record)
    return {};
  const auto answer = on.record(a.what);
  if (!answer)
    return {false, {}, std::nullopt, answer.error().what};
  const auto& made = *answer;
  if (!made)
    return {};
  return {true, {"Recorded as " + to_string(made->id) + ", due on " + easel::to_string(made->due) + '.'}};
}

std::string title_of(const record_request& a) {
  return "request.record " + std::string(to_string(a.what.kind)) + " of " + easel::to_string(a.what.received);
}

} // namespace easel::actors
