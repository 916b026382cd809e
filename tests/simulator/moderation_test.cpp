#include "tests/simulator/simulator_client.hpp"

#include <boost/test/unit_test.hpp>

namespace moderation {

using namespace easel::simulator;
using namespace easel::simulator::test;

} // namespace moderation

BOOST_FIXTURE_TEST_SUITE(moderation, fixture)

BOOST_AUTO_TEST_CASE(a_harmless_prompt_has_low_scores_in_all_thirteen_categories) {
  auto answer = moderate("a knight resting under an oak");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header("x-simulated") == "easel");
  BOOST_TEST(!answer.header("x-request-id").empty());
  auto result = answer.parsed().at("results").at(0);
  BOOST_TEST(result.at("flagged") == false);
  for (const char* part : {"categories", "category_scores", "category_applied_input_types"})
    BOOST_TEST(result.at(part).size() == 13);
  for (const auto& [name, score] : result.at("category_scores").items())
    BOOST_TEST(score.get<double>() < 0.02, name);
}

BOOST_AUTO_TEST_CASE(marker_words_flag_their_category_only) {
  auto flagged = [&](const char* prompt, const char* category) {
    auto result = moderate(prompt).parsed().at("results").at(0);
    BOOST_TEST(result.at("flagged") == true);
    for (const auto& [name, value] : result.at("categories").items())
      BOOST_TEST(value.get<bool>() == (name == category), prompt << " and " << name);
    BOOST_TEST(result.at("category_scores").at(category).get<double>() > 0.9);
  };
  flagged("a duel sim:violence", "violence");
  flagged("sim:minors", "sexual/minors");
  flagged("x sim:category=self-harm/intent y", "self-harm/intent");
}

BOOST_AUTO_TEST_CASE(a_score_can_be_set_without_a_flag_and_illicit_can_be_null) {
  auto result = moderate("sim:score=violence:0.45 sim:null-illicit").parsed().at("results").at(0);
  BOOST_TEST(result.at("flagged") == false);
  BOOST_TEST(result.at("category_scores").at("violence") == 0.45);
  BOOST_TEST(result.at("categories").at("illicit").is_null());
}

BOOST_AUTO_TEST_CASE(strings_get_one_result_each_and_parts_get_one_together) {
  BOOST_TEST(moderate(json::array({"one", "two sim:hate"})).parsed().at("results").size() == 2);
  auto parts = json::parse(R"([{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:,"}}])");
  auto one = moderate(parts).parsed().at("results");
  BOOST_TEST(one.size() == 1);
  BOOST_TEST(one.at(0).at("category_applied_input_types").at("violence").size() == 2);
  parts.push_back(parts[1]);
  auto refused = moderate(parts);
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(refused.parsed().at("error").at("code") == "too_many_images");
}

BOOST_AUTO_TEST_CASE(wrong_key_missing_input_and_retired_model_are_refused_in_openai_form) {
  auto key = post("/openai/v1/moderations", {{"input", "x"}}, "sk-other");
  BOOST_TEST(key.status == 401);
  BOOST_TEST(key.parsed().at("error").at("code") == "invalid_api_key");
  BOOST_TEST(post("/openai/v1/moderations", json::object(), "sk-sim-openai").status == 400);
  auto model = post("/openai/v1/moderations", {{"input", "x"}, {"model", "text-moderation-latest"}}, "sk-sim-openai");
  BOOST_TEST(model.status == 404);
}

BOOST_AUTO_TEST_CASE(a_rate_limit_names_tokens_and_says_when_to_come_back) {
  behave(json::parse(R"({"moderation":{"faults":[{"kind":"status","status":429,"retry_after":3,"count":1}]}})"));
  auto limited = moderate("x");
  BOOST_TEST(limited.status == 429);
  BOOST_TEST(limited.header("retry-after") == "3");
  BOOST_TEST(limited.parsed().at("error").at("type") == "tokens");
  BOOST_TEST(moderate("x").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
