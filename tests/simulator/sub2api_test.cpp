#include "tests/simulator/decode.hpp"
#include "tests/simulator/simulator_client.hpp"

#include "policies/vocabulary/base64.hpp"

#include <boost/test/unit_test.hpp>

namespace sub2api {

using namespace easel::simulator;
using namespace easel::simulator::test;

namespace {

std::string image_in(const json& holder) {
  return easel::decode_base64(holder.at("b64_json").get<std::string>()).value();
}

const json boat{{"prompt", "a paper boat"}, {"size", "256x256"}};

json with(json body, const json& more) {
  body.update(more);
  return body;
}

} // namespace

} // namespace sub2api

BOOST_FIXTURE_TEST_SUITE(sub2api, fixture)

BOOST_AUTO_TEST_CASE(an_answer_carries_a_picture_of_the_asked_size_and_format) {
  for (auto as : {codec::png, codec::jpeg, codec::webp}) {
    auto answer = draw(with(boat, {{"output_format", to_string(as)}}));
    BOOST_TEST(answer.status == 200);
    auto body = answer.parsed();
    BOOST_TEST(body.at("size") == "256x256");
    BOOST_TEST(body.at("output_format") == to_string(as));
    BOOST_TEST(body.contains("model"));
    auto decoded = decode(image_in(body.at("data").at(0)), as);
    BOOST_TEST_REQUIRE(decoded.has_value());
    BOOST_TEST(decoded->width == 256);
  }
}

BOOST_AUTO_TEST_CASE(the_same_prompt_gives_the_same_picture_in_a_stream_and_without) {
  auto whole = draw(boat).parsed().at("data").at(0).at("b64_json");
  auto events = events_of(draw(with(boat, {{"stream", true}})).body);
  BOOST_TEST_REQUIRE(events.size() == 1);
  BOOST_TEST(events[0].first == "image_generation.completed");
  BOOST_TEST(events[0].second.at("type") == events[0].first);
  BOOST_TEST((events[0].second.at("b64_json") == whole));
  BOOST_TEST(events[0].second.at("usage").at("output_tokens") == 1056);
}

BOOST_AUTO_TEST_CASE(a_stream_sends_comments_while_it_waits_and_previews_when_asked) {
  behave(json::parse(R"({"sub2api":{"latency":35,"heartbeat_ms":10}})"));
  auto answer = draw(with(boat, {{"stream", true}, {"partial_images", 2}}));
  BOOST_TEST(answer.header("content-type") == "text/event-stream");
  BOOST_TEST(answer.whole);
  BOOST_TEST(answer.body.rfind(":\n\n", 0) == 0);
  auto events = events_of(answer.body);
  BOOST_TEST_REQUIRE(events.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(events[i].first == "image_generation.partial_image");
    BOOST_TEST(events[i].second.at("partial_image_index") == i);
    BOOST_TEST(decode_png(image_in(events[i].second)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(some_forks_send_empty_events_instead_of_comments) {
  behave(json::parse(R"({"sub2api":{"latency":15,"heartbeat_ms":10,"heartbeat_style":"data"}})"));
  auto events = events_of(draw(with(boat, {{"stream", true}})).body);
  BOOST_TEST_REQUIRE(events.size() == 2);
  BOOST_TEST(events[0].second == json::object());
}

BOOST_AUTO_TEST_CASE(white_space_keeps_an_answer_alive_and_commits_its_status) {
  behave(json::parse(R"({"sub2api":{"latency":25,"keep_alive_ms":10,"faults":[{"kind":"error_in_200","count":1}]}})"));
  auto failed = draw(boat);
  BOOST_TEST(failed.status == 200);
  BOOST_TEST(failed.body.front() == ' ');
  BOOST_TEST(failed.parsed().contains("error"));
  auto good = draw(boat);
  BOOST_TEST(good.body.front() == ' ');
  BOOST_TEST(good.parsed().at("data").size() == 1);
}

BOOST_AUTO_TEST_CASE(n_images_differ_and_a_stream_completes_each) {
  auto data = draw(with(boat, {{"n", 3}})).parsed().at("data");
  BOOST_TEST_REQUIRE(data.size() == 3);
  BOOST_TEST((data[0] != data[1]));
  BOOST_TEST(events_of(draw(with(boat, {{"n", 2}, {"stream", true}})).body).size() == 2);
}

BOOST_AUTO_TEST_CASE(subscription_accounts_deliver_what_they_like) {
  behave(json::parse(R"({"sub2api":{"report_auto":true,"deliver_size":"144x160","deliver_format":"jpeg"}})"));
  auto body = draw(boat).parsed();
  BOOST_TEST(body.at("size") == "auto");
  auto decoded = decode_jpeg(image_in(body.at("data").at(0)));
  BOOST_TEST_REQUIRE(decoded.has_value());
  BOOST_TEST(decoded->height == 160);
}

BOOST_AUTO_TEST_CASE(a_configured_answer_size_is_met_to_the_byte) {
  behave(json::parse(R"({"sub2api":{"image_bytes":1024}})"));
  auto file = image_in(draw(with(boat, {{"size", "1024x1024"}})).parsed().at("data").at(0));
  BOOST_TEST(file.size() == 1024);
  BOOST_TEST(decode_png(file)->width == 1024);
}

BOOST_AUTO_TEST_CASE(nulls_wrong_types_and_foreign_models_are_refused) {
  for (const auto& more : {json{{"n", nullptr}}, json{{"n", 0}}, json{{"stream", "yes"}}, json{{"model", "gpt-4o"}},
                           json{{"partial_images", 4}}, json{{"size", "7x7"}}, json{{"output_format", "bmp"}}}) {
    auto refused = draw(with(boat, more));
    BOOST_TEST(refused.status == 400, more.dump());
    BOOST_TEST(refused.parsed().at("error").contains("type"));
  }
  BOOST_TEST(draw("not an object").status == 400);
}

BOOST_AUTO_TEST_CASE(three_error_shapes_exist) {
  auto unknown = post("/sub2api/v1/images/generations", boat, "sk-other");
  BOOST_TEST(unknown.status == 401);
  BOOST_TEST(unknown.parsed().at("code") == "INVALID_API_KEY");
  BOOST_TEST(post("/sub2api/v1/images/generations", boat).parsed().at("code") == "API_KEY_REQUIRED");
  behave(json::parse(R"({"sub2api":{"faults":[{"kind":"status","status":429,"count":1},
    {"kind":"status","status":403,"shape":"middleware","code":"INSUFFICIENT_BALANCE","count":1},
    {"kind":"status","status":403,"shape":"anthropic","count":1}]}})"));
  BOOST_TEST(draw(boat).parsed().at("error").at("type") == "rate_limit_error");
  BOOST_TEST(draw(boat).parsed().at("code") == "INSUFFICIENT_BALANCE");
  BOOST_TEST(draw(boat).parsed().at("type") == "error");
}

BOOST_AUTO_TEST_CASE(a_refusal_comes_as_a_status_as_a_frame_or_inside_200) {
  auto by_status = draw(with(boat, {{"prompt", "sim:refuse"}}));
  BOOST_TEST(by_status.status == 400);
  BOOST_TEST(by_status.parsed().at("error").at("code") == "moderation_blocked");
  auto frame = draw(with(boat, {{"prompt", "sim:refuse=frame"}, {"stream", true}}));
  BOOST_TEST(frame.status == 200);
  auto events = events_of(frame.body);
  BOOST_TEST_REQUIRE(events.size() == 1);
  BOOST_TEST(events[0].first == "error");
  BOOST_TEST(events[0].second.at("error").at("code") == "moderation_blocked");
  auto inside = draw(with(boat, {{"prompt", "sim:refuse=body200"}}));
  BOOST_TEST(inside.status == 200);
  BOOST_TEST(inside.parsed().at("error").at("type") == "image_generation_user_error");
}

BOOST_AUTO_TEST_CASE(results_can_be_missing_short_or_no_picture) {
  BOOST_TEST(draw(with(boat, {{"prompt", "sim:no_completion"}})).parsed().at("data").empty());
  BOOST_TEST(events_of(draw(with(boat, {{"prompt", "sim:no_completion"}, {"stream", true}})).body).empty());
  BOOST_TEST(draw(with(boat, {{"prompt", "sim:partial"}, {"n", 3}})).parsed().at("data").size() == 2);
  auto noise = image_in(draw(with(boat, {{"prompt", "sim:bad_image"}})).parsed().at("data").at(0));
  BOOST_TEST(!decode_png(noise).has_value());
}

BOOST_AUTO_TEST_CASE(models_and_usage_want_the_key) {
  BOOST_TEST(get("/sub2api/v1/models", "sk-sim-sub2api").parsed().at("data").at(0).at("id") == "gpt-image-2");
  BOOST_TEST(get("/sub2api/v1/usage", "sk-sim-sub2api").parsed().at("isValid") == true);
  BOOST_TEST(get("/sub2api/v1/usage", "x").status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
