#include "http/client/json_image_filter.hpp"

#include "tests/http_client/pictures.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(json_image_filter_suite)

using namespace easel;
using namespace easel::client;
using easel::test::base64;
using state = json_image_filter::state;

namespace {

/// Two pieces, cut at every place, and one byte at a time: the result must not depend on it.
template <class Check>
void at_every_split(const std::string& text, Check check) {
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    json_image_filter filter;
    filter.feed(std::string_view(text).substr(0, cut));
    filter.feed(std::string_view(text).substr(cut));
    BOOST_TEST_CONTEXT("cut at " << cut) check(filter);
  }
  json_image_filter filter;
  for (const char c : text)
    filter.feed({&c, 1});
  BOOST_TEST_CONTEXT("byte by byte") check(filter);
}

state state_after(const std::string& text, filter_limits limits = {}) {
  json_image_filter filter(limits);
  filter.feed(text);
  return filter.at();
}

} // namespace

BOOST_AUTO_TEST_CASE(an_image_is_taken_out_at_any_depth_and_any_split) {
  const auto text = R"(  {"created":1,"data":[{"b64_json":")" + base64("picture one")
                    + R"(","n":[1, 2]},{"b64_json" : ")" + base64("two") + R"("}],"b64":"b64_json"})";
  at_every_split(text, [](json_image_filter& filter) {
    BOOST_TEST(filter.whole());
    BOOST_TEST(filter.skeleton()
               == R"({"created":1,"data":[{"b64_json":"0","n":[1, 2]},{"b64_json" : "1"}],"b64":"b64_json"})");
    BOOST_REQUIRE_EQUAL(filter.images().size(), 2);
    BOOST_TEST(filter.images()[0] == "picture one");
    BOOST_TEST(filter.images()[1] == "two");
  });
}

BOOST_AUTO_TEST_CASE(escapes_inside_base64_are_resolved_at_any_split) {
  // "/+/+" with its slashes and plus signs escaped in two ways, and a wrapped line
  at_every_split(R"({"b64_json":"\/+\u002f\u002B\r\nQUJD"})", [](json_image_filter& filter) {
    BOOST_TEST(filter.whole());
    BOOST_REQUIRE_EQUAL(filter.images().size(), 1);
    BOOST_TEST(filter.images()[0]
               == "\xff\xef\xfe"
                  "ABC");
  });
}

BOOST_AUTO_TEST_CASE(a_data_url_is_an_image_and_a_link_is_not) {
  const auto text =
    R"({"a":{"url":"data:image/png;base64,)" + base64("drawn")
    + R"("},"b":{"url":"https:\/\/a.example\/x"},"c":{"url":"dat"},"d":{"url":""},"e":{"url":"da\u00e9"}})";
  at_every_split(text, [](json_image_filter& filter) {
    BOOST_TEST(filter.whole());
    BOOST_REQUIRE_EQUAL(filter.images().size(), 1);
    BOOST_TEST(filter.images()[0] == "drawn");
    BOOST_TEST(filter.skeleton()
               == R"({"a":{"url":"data:0"},"b":{"url":"https:\/\/a.example\/x"},"c":{"url":"dat"},)"
                  R"("d":{"url":""},"e":{"url":"da\u00e9"}})");
  });
}

BOOST_AUTO_TEST_CASE(ordinary_strings_are_copied_as_they_are) {
  const std::string text = R"({"msg":"a \"b64_json\":\"x\" \\ \u12ab","x":"b64_json","y":["url","data:"]})";
  at_every_split(text, [&](json_image_filter& filter) {
    BOOST_TEST(filter.skeleton() == text);
    BOOST_TEST(filter.images().empty());
    BOOST_TEST(filter.whole());
  });
}

BOOST_AUTO_TEST_CASE(keep_alive_blanks_cost_nothing) {
  json_image_filter filter({.max_skeleton = 64});
  for (int i = 0; i < 10000; ++i)
    BOOST_REQUIRE(filter.feed(" \n"));
  BOOST_TEST(!filter.begun());
  filter.feed(R"({"a":          1}      )");
  BOOST_TEST(filter.whole());
  BOOST_TEST(filter.skeleton() == R"({"a": 1})");
}

BOOST_AUTO_TEST_CASE(an_unfinished_text_is_not_whole) {
  const std::string text = R"({"b64_json":"QUJD"})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    json_image_filter filter;
    filter.feed(std::string_view(text).substr(0, size));
    BOOST_TEST(!filter.whole());
  }
}

BOOST_AUTO_TEST_CASE(base64_outside_the_alphabet_or_off_its_groups_is_refused) {
  BOOST_TEST((state_after(R"({"b64_json":"QUJ"})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"b64_json":"QU*D"})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"b64_json":"QQ==QQ=="})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"b64_json":"\u0041UJ\u00e9"})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"b64_json":"\ud83d"})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"url":"data:nothing"})") == state::bad_base64));
  BOOST_TEST((state_after(R"({"url":"data:)" + std::string(200, 'x')) == state::bad_base64));
}

BOOST_AUTO_TEST_CASE(every_limit_ends_the_text) {
  BOOST_TEST((state_after(R"({"a":")" + std::string(300, 'x'), {.max_skeleton = 256}) == state::too_large));
  BOOST_TEST((state_after(R"({"b64_json":")" + std::string(400, 'A'), {.max_image_bytes = 256}) == state::too_large));
  BOOST_TEST((state_after(R"([{"b64_json":"QUJD"},{"b64_json":"QUJD"}])", {.max_images = 1}) == state::too_large));
  BOOST_TEST((state_after(std::string(32, '[')) == state::good));
  BOOST_TEST((state_after(std::string(33, '[')) == state::bad_nesting));
  BOOST_TEST((state_after("]") == state::bad_nesting));
  BOOST_TEST((state_after("[}") == state::bad_nesting));
}

BOOST_AUTO_TEST_CASE(the_images_of_one_text_share_their_limit) {
  const auto one = R"({"b64_json":")" + std::string(200, 'A') + R"("})";
  BOOST_TEST((state_after("[" + one + "]", {.max_image_bytes = 256}) == state::good));
  BOOST_TEST((state_after("[" + one + "," + one + "]", {.max_image_bytes = 256}) == state::too_large));
}

BOOST_AUTO_TEST_CASE(a_reset_filter_reads_the_next_text) {
  json_image_filter filter;
  filter.feed(R"({"b64_json":"QU)");
  filter.reset();
  filter.feed(R"({"b64_json":"QUJD"})");
  BOOST_TEST(filter.whole());
  BOOST_TEST(filter.images().at(0) == "ABC");
}

BOOST_AUTO_TEST_SUITE_END()
