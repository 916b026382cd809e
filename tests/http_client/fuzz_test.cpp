#include "http/client/json_image_filter.hpp"
#include "http/client/kie.hpp"
#include "http/client/kie_callback.hpp"
#include "http/client/openai_moderation.hpp"
#include "http/client/sub2api.hpp"

#include "http/client/bounded_json.hpp"
#include "tests/http_client/mutator.hpp"
#include "tests/http_client/pictures.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(fuzz_suite)

/// Good answers, bent at random by a fixed seed. Nothing may crash, throw or hang, and what is accepted must hold
/// what its type promises.
namespace {

using namespace easel;
using namespace easel::client;
using policies::inspect_image;
using test::mutator;

constexpr int rounds = 20'000;
const std::string moderation_answer =
  R"({"id":"m","results":[{"flagged":true,"categories":{"violence":true,"sexual":null},
  "category_scores":{"violence":0.87,"sexual":0.01},"category_applied_input_types":{"violence":["text"]}}]})";
const std::string record_answer = R"({"code":200,"msg":"success","data":{"taskId":"t","state":"success","param":"{}",
  "resultJson":"{\"resultUrls\":[\"https://file.kie.ai/1.png\"]}","failCode":"","failMsg":"","costTime":41200}})";
const std::string callback_body = R"({"code":200,"taskId":"t","data":{"taskId":"t","task_id":"t","state":"success"}})";

std::string event_stream() {
  const auto image = test::base64(test::png(2, 2, 20));
  return ": ping\n\nevent: p\ndata: "
         "{\"type\":\"image_generation.partial_image\",\"partial_image_index\":1,\"b64_json\":\""
         + image + "\"}\n\ndata: {}\n\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + image
         + "\"}\r\n\r\ndata: [DONE]\n\n";
}

} // namespace

BOOST_AUTO_TEST_CASE(bent_moderation_answers_keep_their_promises) {
  mutator mutate;
  int accepted = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto got = openai_moderation::decode_answer({200, std::nullopt, mutate(moderation_answer)});
    if (!got)
      continue;
    ++accepted;
    for (const auto& [name, score] : got->scores)
      BOOST_REQUIRE(score >= 0 && score <= 1);
    BOOST_REQUIRE(!got->categories.empty() && !got->scores.empty());
  }
  BOOST_TEST(accepted > 0);
  BOOST_TEST(accepted < rounds);
}

BOOST_AUTO_TEST_CASE(bent_streams_yield_whole_images_or_a_named_failure) {
  mutator mutate;
  const auto stream = event_stream();
  int accepted = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto text = mutate(stream);
    sub2api::answer_reader reader({}, [](int index, blob bytes) {
      BOOST_REQUIRE(index >= 0 && index <= 9);
      BOOST_REQUIRE(inspect_image(*bytes, {}).has_value());
    });
    reader.begin({200, i % 2 == 0 ? "text/event-stream" : "application/json", std::nullopt, std::nullopt});
    const auto cut = mutate.position(text);
    reader.feed(std::string_view(text).substr(0, cut));
    reader.feed(std::string_view(text).substr(cut));
    reader.end(i % 3 == 0 ? wire_end::reset : wire_end::complete);
    BOOST_REQUIRE(reader.result());
    const auto& got = *reader.result();
    accepted += got.has_value() ? 1 : 0;
    BOOST_REQUIRE(got.has_value() ? inspect_image(*got->bytes, {}).has_value() : !got.error().code.empty());
  }
  BOOST_TEST(accepted > 0);
}

BOOST_AUTO_TEST_CASE(bent_records_name_links_only_when_they_succeed) {
  mutator mutate;
  for (int i = 0; i < rounds; ++i) {
    const auto got = kie::decode_record({i % 5 == 0 ? 500 : 200, std::nullopt, mutate(record_answer)}, "t");
    if (!got)
      BOOST_REQUIRE(!got.error().code.empty());
    else
      BOOST_REQUIRE((got->at == task_status::stage::succeeded) == !got->result_urls.empty());
  }
}

BOOST_AUTO_TEST_CASE(bent_callbacks_yield_an_id_only_as_it_was_signed) {
  mutator mutate;
  const secret_text key("k");
  const auto signature = kie::sign_callback(key, "t", "1795000000");
  const instant now{std::chrono::seconds(1'795'000'000)};
  for (int i = 0; i < rounds; ++i) {
    const auto id = kie::verify_callback(key, {"1795000000", signature, mutate(callback_body)}, now);
    BOOST_REQUIRE(!id || *id == "t");
  }
}

BOOST_AUTO_TEST_CASE(a_bent_text_reads_the_same_however_it_is_cut) {
  mutator mutate;
  const auto text = R"(  {"data":[{"b64_json":")" + test::base64(test::png(2, 2, 20))
                    + R"(","url":"data:image\/png;base64,QUJD"},{"url":"https://a.example/","x":"\u00e9"}]})";
  for (int i = 0; i < rounds; ++i) {
    const auto bent = mutate(text);
    json_image_filter whole;
    whole.feed(bent);
    json_image_filter pieces;
    const auto cut = mutate.position(bent);
    pieces.feed(std::string_view(bent).substr(0, cut));
    pieces.feed(std::string_view(bent).substr(cut));
    BOOST_REQUIRE((whole.at() == pieces.at()));
    if (whole.at() != json_image_filter::state::good)
      continue;
    BOOST_REQUIRE_EQUAL(whole.skeleton(), pieces.skeleton());
    BOOST_REQUIRE(whole.images() == pieces.images());
    BOOST_REQUIRE(whole.whole() == pieces.whole());
  }
}

/// Replaces every image of a parsed text by its index, in the order of the text, as the filter does.
BOOST_AUTO_TEST_CASE(the_skeleton_is_the_text_without_its_images) {
  mutator mutate;
  const std::string text =
    R"({"a":[1,"two",{"b64_json":"QUJD","c":null}],"d":{"url":"https://x.example/\u0041"},"e":-1.5e3})";
  int compared = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bent = mutate(text);
    const auto direct = parse_bounded(bent);
    json_image_filter filter;
    if (!filter.feed(bent) || !direct || filter.images().size() > 1)
      continue;
    const auto skeleton = parse_bounded(filter.skeleton());
    BOOST_REQUIRE(skeleton);
    auto expected = direct->dump();
    if (filter.images().size() == 1)
      if (const auto at = expected.find(R"("b64_json":")"); at != std::string::npos)
        expected.replace(at + 12, expected.find('"', at + 12) - at - 12, "0");
    if (expected.find("data:") == std::string::npos)
      BOOST_REQUIRE_EQUAL(skeleton->dump(), expected);
    ++compared;
  }
  BOOST_TEST(compared > 0);
}

BOOST_AUTO_TEST_SUITE_END()
