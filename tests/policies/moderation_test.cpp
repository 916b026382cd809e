#include "policies/moderation.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

BOOST_AUTO_TEST_SUITE(moderation)

using namespace easel;
using namespace easel::policies;

namespace {

const moderation_policy policy{{{"violence", 0.8}, {"sexual", 0.5}, {"sexual/minors", 0.9}}};

struct judged {
  bool blocked;
  std::string rule;
  std::vector<std::string> categories;

  friend bool operator==(const judged&, const judged&) = default;
  friend std::ostream& operator<<(std::ostream& out, const judged& x) {
    out << (x.blocked ? "blocked by " : "passed by ") << x.rule;
    for (const auto& each : x.categories)
      out << ' ' << each;
    return out;
  }
};

judged judge_by(const moderation_policy& by, const moderation_scores& said) {
  const auto found = judge(by, said, {});
  return {found.blocked, found.rule, found.categories};
}

const judged clean{false, "clean", {}};

} // namespace

BOOST_AUTO_TEST_CASE(an_unremarkable_prompt_is_clean) {
  BOOST_TEST(judge_by(policy, {}) == clean);
  BOOST_TEST(judge_by(policy, {false, {{"violence", 0.79}, {"hate", 0.99}}, {{"hate", false}}}) == clean);
}

BOOST_AUTO_TEST_CASE(a_score_blocks_from_its_threshold_on) {
  BOOST_TEST(judge_by(policy, {false, {{"violence", 0.8}}, {}}) == (judged{true, "threshold", {"violence"}}));
  BOOST_TEST(judge_by(policy, {false, {{"violence", 1}, {"sexual", 0.6}}, {}})
             == (judged{true, "threshold", {"sexual", "violence"}}));
}

BOOST_AUTO_TEST_CASE(a_threshold_overrules_the_flag_of_its_own_category) {
  BOOST_TEST(judge_by(policy, {true, {{"violence", 0.7}}, {{"violence", true}}}) == clean);
}

BOOST_AUTO_TEST_CASE(a_flag_without_a_threshold_blocks) {
  BOOST_TEST(judge_by(policy, {true, {{"hate", 0.1}}, {{"hate", true}}}) == (judged{true, "flagged", {"hate"}}));
  BOOST_TEST(judge_by(policy, {false, {}, {{"hate", true}}}) == (judged{true, "flagged", {"hate"}}));
  BOOST_TEST(judge_by(policy, {true, {}, {}}) == (judged{true, "flagged", {}}));
  BOOST_TEST(judge_by(policy, {true, {}, {{"hate", false}}}) == (judged{true, "flagged", {}}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_compared_blocks) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(judge_by(policy, {false, {{"violence", nan}}, {}}).blocked);
  BOOST_TEST(judge_by(policy, {false, {{"sexual/minors", nan}}, {}}).blocked);
  BOOST_TEST(judge_by(policy, {true, {}, {{"violence", true}}}) == (judged{true, "flagged", {"violence"}}));
}

BOOST_AUTO_TEST_CASE(sexual_minors_blocks_whatever_the_thresholds_say) {
  const judged always{true, "always", {"sexual/minors"}};
  BOOST_TEST(judge_by(policy, {false, {{"sexual/minors", 0.05}}, {}}) == always);
  BOOST_TEST(judge_by(policy, {false, {{"sexual/minors", 0}}, {{"sexual/minors", true}}}) == always);
  BOOST_TEST(judge_by({}, {false, {{"sexual/minors", 0.05}}, {}}) == always);
  BOOST_TEST(judge_by(policy, {false, {{"sexual/minors", 0.049}}, {}}) == clean);
}

BOOST_AUTO_TEST_CASE(the_first_rule_gives_its_name_and_all_categories_are_listed) {
  BOOST_TEST(judge_by(policy, {true, {{"violence", 0.9}, {"sexual/minors", 0.5}}, {{"hate", true}}})
             == (judged{true, "always", {"hate", "sexual/minors", "violence"}}));
  BOOST_TEST(judge_by(policy, {true, {{"violence", 0.9}}, {{"hate", true}}})
             == (judged{true, "threshold", {"hate", "violence"}}));
}

BOOST_AUTO_TEST_CASE(THIRD_3_a_verdict_keeps_the_hash_of_what_was_judged) {
  digest hash{};
  hash[0] = 7;
  BOOST_TEST((judge(policy, {}, hash).moderated == hash));
}

BOOST_AUTO_TEST_SUITE_END()
