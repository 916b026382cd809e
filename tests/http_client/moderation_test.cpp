#include "http/client/openai_moderation.hpp"

#include "tests/http_client/printing.hpp"

#include <boost/test/data/test_case.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(moderation_suite)

using namespace easel;
using namespace easel::client;
using policies::failure_class;
namespace data = boost::unit_test::data;
namespace moderation = easel::client::openai_moderation;

namespace {

const std::string good = R"({"id":"modr-1","model":"omni-moderation-latest","brand_new":[1],"results":[{"flagged":true,
  "categories":{"violence":true,"illicit":null,"sexual":false,"not-yet-known":false},
  "category_scores":{"violence":0.87,"illicit":0,"sexual":1,"not-yet-known":1e-7}}]})";

auto decode(int status, std::string body) { return moderation::decode_answer({status, std::nullopt, std::move(body)}); }

std::string with(const std::string& flagged, const std::string& categories, const std::string& scores) {
  return R"({"results":[{"flagged":)" + flagged + R"(,"categories":)" + categories + R"(,"category_scores":)" + scores
         + "}]}";
}

} // namespace

BOOST_AUTO_TEST_CASE(the_request_holds_the_prompt_and_nothing_else_of_ours) {
  const auto body = moderation::encode_request("omni-moderation-latest", secret_text("a \"knight\" under an öak\n"));
  BOOST_REQUIRE(body);
  const auto sent = nlohmann::json::parse(*body);
  BOOST_TEST(sent.size() == 2);
  BOOST_TEST(sent.at("input").get<std::string>() == "a \"knight\" under an öak\n");
  BOOST_TEST(sent.at("model").get<std::string>() == "omni-moderation-latest");
}

BOOST_AUTO_TEST_CASE(a_prompt_that_is_not_utf8_is_no_request) {
  BOOST_TEST(!moderation::encode_request("m", secret_text("\xc3(")));
}

BOOST_AUTO_TEST_CASE(an_answer_with_null_flags_unknown_keys_and_no_input_types_is_read) {
  const auto scores = decode(200, good);
  BOOST_REQUIRE(scores.has_value());
  BOOST_TEST(scores->flagged);
  BOOST_TEST(scores->categories.at("violence"));
  BOOST_TEST(!scores->categories.at("illicit"));
  BOOST_TEST(scores->categories.count("not-yet-known") == 1);
  BOOST_TEST(scores->scores.at("violence") == 0.87);
  BOOST_TEST(scores->scores.at("sexual") == 1.0);
}

const std::string malformed[] = {
  "",
  "nonsense",
  "null",
  "[]",
  "{}",
  R"({"results":[]})",
  R"({"results":{}})",
  R"({"results":[7]})",
  R"({"results":[{"flagged":false}]})",
  with("null", R"({"a":false})", R"({"a":0})"),
  with("\"false\"", R"({"a":false})", R"({"a":0})"),
  with("false", "{}", R"({"a":0})"),
  with("false", R"({"a":false})", "{}"),
  with("false", R"({"a":false})", "null"),
  with("false", R"({"a":0})", R"({"a":0})"),
  with("false", R"({"a":false})", R"({"a":"0.1"})"),
  with("false", R"({"a":false})", R"({"a":-0.1})"),
  with("false", R"({"a":false})", R"({"a":1.01})"),
  with("false", R"({"a":false})", R"({"a":1e999})"),
  with("false", R"({"a":false})", R"({"a":NaN})"),
  with("false", R"({"a":false})", R"({"a":null})"),
  with("false", R"({")" + std::string(65, 'a') + R"(":false})", R"({"a":0})"),
  R"({"results":[{"flagged":false,"categories":{"a":false},"category_scores":{"a":0}},
                 {"flagged":false,"categories":{"a":false},"category_scores":{"a":0}}]})",
  std::string(40, '[') + std::string(40, ']'),
};

BOOST_DATA_TEST_CASE(an_answer_that_misses_or_bends_anything_is_no_verdict, data::make(malformed), body) {
  const auto scores = decode(200, body);
  BOOST_REQUIRE(!scores.has_value());
  BOOST_TEST(scores.error().what == failure_class::incomplete);
  BOOST_TEST(scores.error().code == "malformed_answer");
}

BOOST_AUTO_TEST_CASE(each_error_status_has_its_class) {
  const auto what = [](int status, const char* body = "{}") { return decode(status, body).error().what; };
  BOOST_TEST(what(429) == failure_class::busy);
  BOOST_TEST(what(429, R"({"error":{"type":"tokens","code":"rate_limit_exceeded"}})") == failure_class::busy);
  BOOST_TEST(what(429, R"({"error":{"code":"insufficient_quota"}})") == failure_class::our_account);
  BOOST_TEST(what(401) == failure_class::our_account);
  BOOST_TEST(what(403) == failure_class::our_account);
  BOOST_TEST(what(404) == failure_class::our_account);
  BOOST_TEST(what(400, R"({"error":{"code":"too_many_images"}})") == failure_class::our_request);
  BOOST_TEST(what(500) == failure_class::ambiguous);
  BOOST_TEST(what(503, "<html>") == failure_class::unavailable);
  BOOST_TEST(what(302) == failure_class::our_account);
}

BOOST_AUTO_TEST_CASE(a_wish_to_be_asked_later_is_kept) {
  const auto busy = moderation::decode_answer({429, std::chrono::seconds(7), "{}"});
  BOOST_TEST((busy.error().retry_after == duration(std::chrono::seconds(7))));
}

BOOST_AUTO_TEST_SUITE_END()
