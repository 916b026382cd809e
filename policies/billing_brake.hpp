#pragma once

#include "policies/vocabulary/time.hpp"

namespace easel::policies {

/// How many lines of billing may be open, by how Stripe answers. Its limits are of the whole account, differ between
/// live and test mode, and come without a `Retry-After` (billing-identity-edge, section 2.4): so they are found by
/// trying. Halved, with a pause for all lines, each time that it was too much; one more after every few answers.
class billing_brake {
public:
  static constexpr duration first_pause = std::chrono::seconds(1); ///< doubles while the next answer is a refusal too
  static constexpr duration longest_pause = std::chrono::seconds(32);
  static constexpr int answers_for_one_more = 8;

  explicit billing_brake(int most) : most_(most), lines_(most) {}

  /// None while it pauses.
  [[nodiscard]] int may_be_open(moment now) const;

  /// Stripe answered, whatever it said of the object.
  void was_answered();
  /// A call was refused because there are too many. Those that were under way already and are refused in the pause say
  /// nothing new.
  void was_limited(moment now);
  /// Stripe fails: from now on one line tries, until it answers.
  void has_failed();

private:
  int most_;
  int lines_;
  int answers_ = 0; ///< since the number of lines changed
  duration pause_{};
  moment paused_until_{};
};

} // namespace easel::policies
