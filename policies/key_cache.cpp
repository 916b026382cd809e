#include "policies/key_cache.hpp"

#include <algorithm>

namespace easel::policies {

std::string_view to_string(key_decision value) {
  switch (value) {
  case key_decision::use:
    return "use";
  case key_decision::fetch:
    return "fetch";
  case key_decision::unknown_key:
    return "unknown_key";
  case key_decision::unavailable:
    return "unavailable";
  }
  return "unknown";
}

duration fresh_for(std::optional<duration> max_age, const key_cache_rules& rules) {
  return std::clamp(max_age.value_or(rules.least_age), rules.least_age, std::max(rules.least_age, rules.most_age));
}

key_decision decide_key(const key_set_age& set, bool held, const key_cache_rules& rules, moment now) {
  const auto age = set.fetched_at ? now - *set.fetched_at : moment::duration::max();
  const auto fresh = fresh_for(set.max_age, rules);
  if (held && age < fresh)
    return key_decision::use;
  if (!set.last_fetch_began_at || now - *set.last_fetch_began_at >= rules.cool_down)
    return key_decision::fetch;
  if (held)
    return age < fresh + rules.grace ? key_decision::use : key_decision::unavailable;
  // A set that is past its age may lack the key only because the new set cannot be fetched.
  return set.fetched_at && age < fresh ? key_decision::unknown_key : key_decision::unavailable;
}

} // namespace easel::policies
