#include "tools/simulator/behaviour.hpp"
#include "tools/simulator/triggers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(behaviour)

using namespace easel::simulator;

namespace {

std::vector<long> delays(behaviours& rules, int n) {
  std::vector<long> out;
  for (int i = 0; i < n; ++i)
    out.push_back(long(rules.decide(route::sub2api, "").delay.count()));
  return out;
}

int faults_in(behaviours& rules, int calls, std::string_view prompt) {
  int n = 0;
  for (int i = 0; i < calls; ++i)
    n += rules.decide(route::sub2api, prompt).wrong.has_value();
  return n;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_fault_with_a_count_ends_by_itself) {
  behaviours rules;
  BOOST_TEST(!rules.merge(json::parse(R"({"sub2api":{"faults":[{"kind":"status","status":503,"count":2}]}})")));
  BOOST_TEST(faults_in(rules, 10, "") == 2);
}

BOOST_AUTO_TEST_CASE(a_fault_with_a_match_meets_those_prompts_only) {
  behaviours rules;
  BOOST_TEST(!rules.merge(json::parse(R"({"sub2api":{"faults":[{"kind":"reset","match":"boat"}]}})")));
  BOOST_TEST(faults_in(rules, 5, "a house") == 0);
  BOOST_TEST(faults_in(rules, 5, "a boat") == 5);
}

BOOST_AUTO_TEST_CASE(a_probability_is_kept_on_the_average_and_repeats_with_its_seed) {
  behaviours rules;
  auto patch = json::parse(R"({"seed":3,"sub2api":{"faults":[{"kind":"hang","probability":0.25}]}})");
  BOOST_TEST(!rules.merge(patch));
  int first = faults_in(rules, 4000, "");
  BOOST_TEST(first > 800);
  BOOST_TEST(first < 1200);
  BOOST_TEST(!rules.merge(patch));
  BOOST_TEST(faults_in(rules, 4000, "") == first);
}

BOOST_AUTO_TEST_CASE(latencies_follow_their_distribution_and_their_seed) {
  behaviours rules;
  auto patch = json::parse(R"({"seed":11,"sub2api":{"latency":{"uniform":[20,40]}}})");
  BOOST_TEST(!rules.merge(patch));
  auto first = delays(rules, 200);
  BOOST_TEST(*std::min_element(first.begin(), first.end()) >= 20);
  BOOST_TEST(*std::max_element(first.begin(), first.end()) <= 40);
  BOOST_TEST(!rules.merge(patch));
  BOOST_TEST(delays(rules, 200) == first, boost::test_tools::per_element());
  BOOST_TEST(!rules.merge(json::parse(R"({"sub2api":{"latency":{"exponential":50,"cap":90,"uniform":null}}})")));
  auto tail = delays(rules, 500);
  BOOST_TEST(*std::max_element(tail.begin(), tail.end()) == 90);
}

BOOST_AUTO_TEST_CASE(mistakes_are_named_and_change_nothing) {
  behaviours rules;
  for (const char* text :
       {R"([])", R"({"nowhere":{}})", R"({"sub2api":{"lateness":1}})", R"({"sub2api":{"latency":-1}})",
        R"({"sub2api":{"latency":{"uniform":[5]}}})", R"({"sub2api":{"faults":[{"kind":"flood"}]}})",
        R"({"sub2api":{"faults":[{"kind":"status","status":99}]}})", R"({"moderation":{"image_bytes":5}})",
        R"({"sub2api":{"deliver_size":"huge"}})", R"({"seed":"x"})", R"({"sub2api":5})",
        R"({"sub2api":{"faults":[{"kind":"content_type","content_type":"a\r\nb: c"}]}})"}) {
    auto wrong = rules.merge(json::parse(text));
    BOOST_TEST_REQUIRE(wrong.has_value(), text);
    BOOST_TEST(!wrong->empty());
  }
  BOOST_TEST(rules.configuration() == json::object());
}

BOOST_AUTO_TEST_CASE(null_takes_a_setting_back) {
  behaviours rules;
  BOOST_TEST(!rules.merge(json::parse(R"({"sub2api":{"latency":70,"image_bytes":1024}})")));
  BOOST_TEST(!rules.merge(json::parse(R"({"sub2api":{"latency":null}})")));
  BOOST_TEST(rules.decide(route::sub2api, "").delay.count() == 0);
  BOOST_TEST(rules.peek(route::sub2api).image_bytes == 1024);
}

BOOST_AUTO_TEST_CASE(triggers_in_a_prompt_concern_their_route) {
  BOOST_TEST(read_triggers(route::sub2api, "a boat sim:fail=429, please").wrong->status == 429);
  BOOST_TEST(!read_triggers(route::kie_task, "a boat sim:fail=429").wrong.has_value());
  BOOST_TEST(read_triggers(route::kie_task, "sim:slow=70 boat").delay->count() == 70);
  BOOST_TEST(!read_triggers(route::kie_create, "sim:slow=70 boat").delay.has_value());
  BOOST_TEST((read_triggers(route::kie_poll, "sim:kie.poll/reset").wrong->kind == fault_kind::reset));
  BOOST_TEST(!read_triggers(route::sub2api, "sim:kie.poll/reset sim:unheard-of=1").wrong.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
