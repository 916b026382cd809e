#pragma once

#include "policies/vocabulary/bytes.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace easel::policies {

/// What the moderation service said about one prompt: a score per category, and whether it flagged the whole.
struct moderation_scores {
  bool flagged = false;
  std::map<std::string, double, std::less<>> scores;   ///< 0..1 per category
  std::map<std::string, bool, std::less<>> categories; ///< null counts as false
};

struct moderation_policy {
  /// Score from which a category blocks. A category without a threshold blocks when the service flags it.
  std::map<std::string, double, std::less<>> thresholds;
};

/// The decision that goes with one generation and is stored with it. Never cached, never shared (THIRD-3).
struct verdict {
  bool blocked = false;
  std::vector<std::string> categories; ///< those that blocked, in the service's spelling
  std::string rule;                    ///< which rule decided: "clean", "threshold", "flagged", "always"
  digest moderated{};                  ///< keyed hash of the very bytes that were judged

  friend bool operator==(const verdict&, const verdict&) = default;
};

/// `sexual/minors` blocks whatever the thresholds say: its flag, or a score at or above 0.05.
/// A category that the service flags and that no threshold covers blocks; so does `flagged` without any category.
/// What cannot be compared blocks too: a score that is no number, and a flag whose category came without a score.
[[nodiscard]] verdict judge(const moderation_policy&, const moderation_scores&, const digest& moderated);

} // namespace easel::policies
