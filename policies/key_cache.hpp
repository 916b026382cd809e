#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <optional>
#include <string_view>

/// When to believe and when to fetch the issuer's signing keys (billing-identity-edge, section 4.4). A token whose
/// key cannot be had is refused: there is no falling back to no check.
namespace easel::policies {

struct key_cache_rules {
  duration least_age = std::chrono::minutes(5);  ///< a set is asked for no sooner, whatever Cache-Control says
  duration most_age = std::chrono::hours(24);    ///< and no later
  duration cool_down = std::chrono::seconds(30); ///< between two fetches, however many unknown keys are named
  duration grace = std::chrono::hours(1);        ///< past its age, a set serves that long while fetches fail
};

/// What is known about the set of keys in memory.
struct key_set_age {
  std::optional<moment> fetched_at;          ///< the last fetch that brought a set; none: there is no set
  std::optional<duration> max_age;           ///< as Cache-Control said of that set
  std::optional<moment> last_fetch_began_at; ///< the last fetch, whatever came of it
};

enum class key_decision {
  use,         ///< verify with the key in the set
  fetch,       ///< ask for the set (one question for all who wait), then decide again
  unknown_key, ///< the set is good and does not hold the key: the token is refused
  unavailable, ///< there is no set that may be used: nobody can sign in until a fetch succeeds
};

inline constexpr std::array all_key_decisions{key_decision::use, key_decision::fetch, key_decision::unknown_key,
                                              key_decision::unavailable};

[[nodiscard]] std::string_view to_string(key_decision);

/// How long a set is fresh. One that came without max-age is fresh for the least time.
[[nodiscard]] duration fresh_for(std::optional<duration> max_age, const key_cache_rules& rules);

/// `held`: whether the set in memory holds the key that a token names. With no set, it holds none. Never `fetch` twice
/// within `cool_down`, so that deciding again after a fetch, good or bad, ends with an answer.
[[nodiscard]] key_decision decide_key(const key_set_age& set, bool held, const key_cache_rules& rules, moment now);

} // namespace easel::policies
