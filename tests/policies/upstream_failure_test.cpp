#include "policies/upstream_failure.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <vector>

BOOST_AUTO_TEST_SUITE(upstream_failures)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr retry_policy policy;

/// The most attempts, by class and call: moderation, free generation, paid create, paid poll, download.
const std::map<failure_class, std::array<int, 5>> most_attempts{
  {failure_class::not_sent, {3, 5, 5, 90, 3}},    {failure_class::busy, {3, 3, 5, 90, 3}},
  {failure_class::unavailable, {3, 3, 5, 90, 3}}, {failure_class::ambiguous, {3, 2, 1, 90, 3}},
  {failure_class::incomplete, {3, 2, 1, 90, 3}},  {failure_class::refused, {1, 1, 1, 1, 1}},
  {failure_class::our_request, {1, 1, 1, 1, 1}},  {failure_class::our_account, {1, 1, 1, 1, 1}},
  {failure_class::failed, {3, 2, 1, 1, 1}},       {failure_class::bad_result, {3, 2, 1, 1, 1}},
  {failure_class::timed_out, {3, 1, 1, 90, 3}},
};

std::optional<duration> delay(call_kind call, failure_class what, int made, double jitter = 0,
                              std::optional<duration> retry_after = {}) {
  return retry_delay(policy, call, {what, retry_after, "test"}, made, jitter);
}

} // namespace

BOOST_AUTO_TEST_CASE(every_call_is_repeated_exactly_as_often_as_the_table_says) {
  BOOST_TEST(most_attempts.size() == all_failure_classes.size());
  for (const auto& [what, row] : most_attempts) {
    for (const auto call : all_call_kinds) {
      int attempts = 1;
      while (attempts < 200 && delay(call, what, attempts))
        ++attempts;
      BOOST_TEST_INFO(to_string(what) << " in call kind " << static_cast<int>(call));
      BOOST_TEST(attempts == row[static_cast<std::size_t>(call)]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_paid_create_that_may_have_started_something_is_never_repeated) {
  retry_policy generous{100, 100, 100, 100, 100, 100, 250ms, 10s};
  for (const auto what : {failure_class::ambiguous, failure_class::incomplete, failure_class::timed_out,
                          failure_class::failed, failure_class::bad_result, failure_class::refused})
    BOOST_TEST(!retry_delay(generous, call_kind::paid_create, {what, 1s, ""}, 1, 0));
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_longest) {
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 1) == 250ms));
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 2) == 500ms));
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 6) == 8s));
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 7) == 10s));
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 89) == 10s));
}

BOOST_AUTO_TEST_CASE(jitter_shortens_by_up_to_a_quarter) {
  BOOST_TEST((delay(call_kind::paid_poll, failure_class::busy, 2, 0.5) == 437500us));
  for (double jitter = 0; jitter < 1; jitter += 0.01) {
    const auto pause = delay(call_kind::paid_poll, failure_class::busy, 7, jitter).value();
    BOOST_TEST((pause > 7500ms && pause <= 10s));
  }
}

BOOST_AUTO_TEST_CASE(the_upstreams_own_pause_is_kept_when_it_is_longer) {
  BOOST_TEST((delay(call_kind::moderation, failure_class::busy, 1, 0.9, 7s) == 7s));
  BOOST_TEST((delay(call_kind::moderation, failure_class::busy, 1, 0, 1ms) == 250ms));
  BOOST_TEST((delay(call_kind::moderation, failure_class::busy, 1, 0, -5s) == 250ms));
  BOOST_TEST(!delay(call_kind::moderation, failure_class::busy, 3, 0, 7s));
}

BOOST_AUTO_TEST_CASE(refusals_and_our_own_mistakes_say_nothing_about_health) {
  for (const auto what : all_failure_classes) {
    const bool healthy = what == failure_class::refused || what == failure_class::our_request;
    BOOST_TEST_INFO(to_string(what));
    BOOST_TEST(counts_against_health(what) == !healthy);
  }
}

BOOST_AUTO_TEST_CASE(each_class_ends_a_generation_with_its_own_reason) {
  const std::map<failure_class, failure> ends{
    {failure_class::not_sent, failure::upstream_unavailable},
    {failure_class::busy, failure::upstream_unavailable},
    {failure_class::unavailable, failure::upstream_unavailable},
    {failure_class::ambiguous, failure::upstream_error},
    {failure_class::incomplete, failure::upstream_error},
    {failure_class::refused, failure::blocked_output},
    {failure_class::our_request, failure::upstream_error},
    {failure_class::our_account, failure::upstream_misconfigured},
    {failure_class::failed, failure::upstream_error},
    {failure_class::bad_result, failure::invalid_result},
    {failure_class::timed_out, failure::upstream_timeout},
  };
  for (const auto what : all_failure_classes) {
    BOOST_TEST_INFO(to_string(what));
    BOOST_TEST((ends_as(what) == ends.at(what)));
    BOOST_TEST((ends_as(what, call_kind::free_generation) == ends.at(what)));
    BOOST_TEST((ends_as(what, call_kind::moderation) == failure::moderation_unavailable));
  }
}

BOOST_AUTO_TEST_CASE(a_paid_create_whose_answer_was_lost_ends_as_unknown) {
  for (const auto what : all_failure_classes) {
    const bool lost = what == failure_class::ambiguous || what == failure_class::incomplete
                      || what == failure_class::timed_out || what == failure_class::bad_result;
    BOOST_TEST_INFO(to_string(what));
    BOOST_TEST((ends_as(what, call_kind::paid_create) == failure::outcome_unknown) == lost);
  }
}

BOOST_AUTO_TEST_CASE(only_a_paid_create_without_an_answer_leaves_a_task_of_which_nothing_is_known) {
  for (const auto call : all_call_kinds)
    for (const auto what : all_failure_classes) {
      const bool no_answer =
        what == failure_class::ambiguous || what == failure_class::timed_out || what == failure_class::incomplete;
      BOOST_TEST(may_run_unknown(call, what) == (call == call_kind::paid_create && no_answer), to_string(what));
    }
}

BOOST_AUTO_TEST_CASE(of_several_images_a_refusal_counts_most_and_then_the_first_failure) {
  using all = std::vector<failure>;
  const auto of = [](const all& images) { return failure_of_all(images); };
  BOOST_TEST((of({}) == failure::none));
  BOOST_TEST((of({failure::none, failure::none}) == failure::none));
  BOOST_TEST((of({failure::none, failure::upstream_timeout, failure::upstream_error}) == failure::upstream_timeout));
  BOOST_TEST((of({failure::upstream_error, failure::blocked_output}) == failure::blocked_output));
  BOOST_TEST((of({failure::blocked_output, failure::upstream_error}) == failure::blocked_output));
}

BOOST_AUTO_TEST_CASE(every_class_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto what : all_failure_classes)
    names.insert(to_string(what));
  BOOST_TEST(names.size() == all_failure_classes.size());
}

BOOST_AUTO_TEST_SUITE_END()
