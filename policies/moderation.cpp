#include "policies/moderation.hpp"

#include <algorithm>
#include <set>

namespace easel::policies {

namespace {

constexpr std::string_view always_blocked = "sexual/minors";
constexpr double always_blocked_from = 0.05;

/// Written so that a score that is no number reaches it: what cannot be compared must not pass.
bool reaches(double score, double threshold) { return !(score < threshold); }

bool blocks_always(const moderation_scores& said) {
  const auto flag = said.categories.find(always_blocked);
  if (flag != said.categories.end() && flag->second)
    return true;
  const auto score = said.scores.find(always_blocked);
  return score != said.scores.end() && reaches(score->second, always_blocked_from);
}

std::set<std::string> over_threshold(const moderation_policy& policy, const moderation_scores& said) {
  std::set<std::string> found;
  for (const auto& [category, threshold] : policy.thresholds) {
    const auto score = said.scores.find(category);
    if (score != said.scores.end() && reaches(score->second, threshold))
      found.insert(category);
  }
  return found;
}

/// A threshold covers a category only when there is a score to compare with it.
std::set<std::string> flagged_uncovered(const moderation_policy& policy, const moderation_scores& said) {
  std::set<std::string> found;
  for (const auto& [category, flagged] : said.categories)
    if (flagged && (!policy.thresholds.contains(category) || !said.scores.contains(category)))
      found.insert(category);
  return found;
}

bool any_category_flagged(const moderation_scores& said) {
  return std::any_of(said.categories.begin(), said.categories.end(), [](const auto& each) { return each.second; });
}

} // namespace

verdict judge(const moderation_policy& policy, const moderation_scores& said, const digest& moderated) {
  auto blocking = over_threshold(policy, said);
  const bool threshold = !blocking.empty();
  blocking.merge(flagged_uncovered(policy, said));
  const bool flagged = !blocking.empty() || (said.flagged && !any_category_flagged(said));
  const bool always = blocks_always(said);
  if (always)
    blocking.emplace(always_blocked);
  verdict result;
  result.blocked = always || flagged;
  result.categories.assign(blocking.begin(), blocking.end());
  result.rule = always ? "always" : threshold ? "threshold" : flagged ? "flagged" : "clean";
  result.moderated = moderated;
  return result;
}

} // namespace easel::policies
