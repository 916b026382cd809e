#pragma once

#include "persistence/privacy_requests.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/ids.hpp"

#include <chrono>
#include <cstdint>
#include <string>

/// What an operator may ask for, as values; `role_for` in console_door.hpp says who may, console_actions.hpp what each
/// touches. No CAF in sight.
namespace easel::actors {

// ---------------------------------------------------------------- one credential of an upstream

/// Its work goes to the other credentials of its tier: refused when none of them takes calls.
struct drain_upstream {
  std::string to;
  std::string label;
  std::chrono::minutes span{15}; ///< 1 minute to a day; then it takes its share again by itself
};
/// Opens its breaker as failures would; after `span` one probe decides.
struct open_breaker {
  std::string to;
  std::string label;
  std::chrono::minutes span{15}; ///< 1 minute to a day
};
/// Until the process ends.
struct change_weight {
  std::string to;
  std::string label;
  int weight = 1; ///< 0 to `heaviest`; 0: it takes nothing
};
inline constexpr int heaviest = 1000; ///< as the configuration has it

// ---------------------------------------------------------------- the node, its actors

/// Takes nothing new, ends what it has within `node.drain_limit`, hands over the rest.
struct drain_node {
  std::chrono::minutes span{15}; ///< 1 minute to a day; then it serves again by itself
};
struct resume_node {};
/// Dies as by an exception: what follows is its supervisor's. For trying that; `operator.chaos` must allow it.
struct kill_actor {
  std::uint64_t id = 0;
};

// ---------------------------------------------------------------- people

/// One prompt, to the one who asked, once. Its author's export says who looked, when and why.
struct reveal_prompt {
  generation_id id;
  std::chrono::seconds span{60}; ///< how long it may be shown: `shortest_reveal` to `longest_reveal`
};
inline constexpr std::chrono::seconds shortest_reveal{10};
inline constexpr std::chrono::seconds longest_reveal{300};

/// A request about personal data that came by mail (RIGHT-5).
struct record_request {
  persistence::new_privacy_request what;
};

// ---------------------------------------------------------------- what comes of them

/// For the one answer to whoever asked, and kept nowhere.
struct revealed_prompt {
  secret_text text;
  std::chrono::seconds span{0}; ///< how long it may be shown
};

} // namespace easel::actors
