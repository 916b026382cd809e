#include "http/client/sub2api.hpp"

#include "tests/http_client/pictures.hpp"
#include "tests/http_client/printing.hpp"

#include <boost/test/data/test_case.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(sub2api_suite)

using namespace easel;
using namespace easel::client;
using policies::failure_class;
namespace data = boost::unit_test::data;

namespace {

const auto picture = test::png(3, 2, 60);
const auto preview = test::png(1, 1, 9);

struct reading {
  std::vector<std::pair<int, std::string>> partials;
  sub2api::answer_reader reader;
  explicit reading(policies::image_limits limits = {})
      : reader(limits, [this](int index, blob bytes) { partials.emplace_back(index, *bytes); }) {}

  sub2api::answer_reader::outcome finish(wire_end end = wire_end::complete) {
    reader.end(end);
    BOOST_REQUIRE(reader.result());
    return *reader.result();
  }
};

auto read(int status, const std::string& type, const std::string& body, wire_end end = wire_end::complete,
          policies::image_limits limits = {}) {
  reading r(limits);
  r.reader.begin({status, type, std::nullopt, std::nullopt});
  r.reader.feed(body);
  return r.finish(end);
}

auto read_json(const std::string& body, wire_end end = wire_end::complete) {
  return read(200, "application/json", body, end);
}
auto read_events(const std::string& body, wire_end end = wire_end::complete) {
  return read(200, "text/event-stream", body, end);
}

std::string event(const std::string& json, const std::string& name = "x") {
  return "event: " + name + "\ndata: " + json + "\n\n";
}

std::string completed(const std::string& bytes = picture) {
  return event(R"({"type":"image_generation.completed","b64_json":")" + test::base64(bytes) + R"(","model":"m"})");
}

policies::upstream_failure failure_of(const sub2api::answer_reader::outcome& got) {
  BOOST_REQUIRE(!got.has_value());
  return got.error();
}

image_job sample_job() {
  image_job job;
  job.plan.slug = "gpt-image-2";
  job.plan.size = "1024x1024";
  job.plan.quality = "medium";
  job.plan.images = 4;
  job.prompt = secret_text("A paper boat on a rain puddle");
  return job;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_request_asks_for_one_streamed_image_without_nulls) {
  auto job = sample_job();
  const auto sent = nlohmann::json::parse(sub2api::encode_request(job).value());
  BOOST_TEST(sent == nlohmann::json::parse(R"({"model":"gpt-image-2","prompt":"A paper boat on a rain puddle","n":1,
    "size":"1024x1024","quality":"medium","output_format":"png","response_format":"b64_json","stream":true})"));
  job.plan.background = "opaque";
  job.plan.compression = 80;
  job.plan.partial_images = 2;
  job.plan.format = image_format::webp;
  const auto full = nlohmann::json::parse(sub2api::encode_request(job).value());
  BOOST_TEST(full.at("background") == "opaque");
  BOOST_TEST(full.at("output_compression") == 80);
  BOOST_TEST(full.at("partial_images") == 2);
  BOOST_TEST(full.at("output_format") == "webp");
  job.prompt = secret_text("\xff");
  BOOST_TEST(!sub2api::encode_request(job));
}

BOOST_AUTO_TEST_CASE(a_stream_yields_previews_and_the_image_at_any_split) {
  const auto stream = ":\n\n" + event("{}")
                      + event(R"({"type":"image_generation.partial_image","partial_image_index":0,"b64_json":")"
                              + test::base64(preview) + R"("})")
                      + ": ping\n\n" + completed() + event("[DONE]");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    reading r;
    r.reader.begin({200, "text/event-stream", std::nullopt, std::nullopt});
    r.reader.feed(std::string_view(stream).substr(0, cut));
    r.reader.feed(std::string_view(stream).substr(cut));
    const auto got = r.finish();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(*got->bytes == picture);
    BOOST_TEST(got->facts.width == 3);
    BOOST_REQUIRE_EQUAL(r.partials.size(), 1);
    BOOST_TEST(r.partials[0].second == preview);
  }
}

BOOST_AUTO_TEST_CASE(the_image_is_known_before_the_stream_ends) {
  reading r;
  r.reader.begin({200, "text/event-stream", std::nullopt, std::nullopt});
  r.reader.feed(completed());
  BOOST_REQUIRE(r.reader.result());
  r.reader.feed(event(R"({"type":"error","error":{"type":"upstream_error"}})"));
  BOOST_TEST(r.finish(wire_end::reset).has_value());
}

BOOST_AUTO_TEST_CASE(one_json_text_with_leading_blanks_is_read_too) {
  const auto got =
    read_json(std::string(5000, ' ') + R"({"created":1,"model":"gpt-image-2-codex","size":"auto","data":[{"b64_json":")"
              + test::base64(picture) + R"("}]})");
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(*got->bytes == picture);
  const auto by_url = read_json(R"({"data":[{"url":"data:image/png;base64,)" + test::base64(picture) + R"("}]})");
  BOOST_REQUIRE(by_url.has_value());
  BOOST_TEST(*by_url->bytes == picture);
}

BOOST_AUTO_TEST_CASE(an_error_under_status_200_is_an_error) {
  BOOST_TEST(
    failure_of(read_json(R"(   {"error":{"type":"image_generation_user_error","code":"moderation_blocked"}})")).what
    == failure_class::refused);
  BOOST_TEST(failure_of(read_json(R"({"error":{"type":"upstream_error"},"data":[]})")).what
             == failure_class::ambiguous);
  BOOST_TEST(failure_of(read_json(R"({"code":"USER_INACTIVE","message":"x"})")).what == failure_class::our_account);
  BOOST_TEST(failure_of(read_json(R"({"error":"words"})")).code == "error_in_answer");
}

BOOST_AUTO_TEST_CASE(an_error_frame_ends_the_stream) {
  const auto frame = [](const std::string& error) {
    return failure_of(read_events(": ping\n\n" + event(R"({"type":"error","error":)" + error + "}", "error"))).what;
  };
  BOOST_TEST(frame(R"({"type":"image_generation_user_error","code":"moderation_blocked"})") == failure_class::refused);
  BOOST_TEST(frame(R"({"type":"upstream_error","message":"secret words"})") == failure_class::ambiguous);
  BOOST_TEST(frame(R"({"type":"rate_limit_error"})") == failure_class::busy);
  BOOST_TEST(frame(R"({"type":"incomplete_error"})") == failure_class::incomplete);
  BOOST_TEST(frame(R"({"type":"never seen"})") == failure_class::ambiguous);
  BOOST_TEST(frame("null") == failure_class::ambiguous);
  BOOST_TEST(failure_of(read_events(event(R"({"error":{"code":"content_policy_violation"}})"))).what
             == failure_class::refused);
}

BOOST_AUTO_TEST_CASE(a_stream_without_its_completed_event_is_incomplete) {
  for (const auto* stream : {"", ": ping\n\n", "data: {}\n\n", "data: [DONE]\n\n"})
    BOOST_TEST(failure_of(read_events(stream)).what == failure_class::incomplete);
  const auto whole = completed();
  for (std::size_t size = 0; size + 4 < whole.size(); size += 7)
    BOOST_TEST(failure_of(read_events(whole.substr(0, size))).what == failure_class::incomplete);
}

BOOST_AUTO_TEST_CASE(a_missing_last_line_end_does_not_lose_the_image) {
  const auto whole = completed();
  BOOST_TEST(read_events(whole.substr(0, whole.size() - 2)).has_value());
}

BOOST_AUTO_TEST_CASE(an_end_on_the_wire_keeps_its_meaning) {
  BOOST_TEST(failure_of(read_events(": ping\n\n", wire_end::reset)).what == failure_class::ambiguous);
  BOOST_TEST(failure_of(read_events(": ping\n\n", wire_end::timed_out)).what == failure_class::timed_out);
  BOOST_TEST(failure_of(read_events("", wire_end::too_large)).what == failure_class::bad_result);
  BOOST_TEST(failure_of(read_json("{", wire_end::shut_down)).code == "shut_down");
  reading unsent;
  BOOST_TEST(failure_of(unsent.finish(wire_end::not_sent)).what == failure_class::not_sent);
}

BOOST_AUTO_TEST_CASE(a_status_counts_even_when_its_body_was_cut) {
  BOOST_TEST(failure_of(read(429, "application/json", R"({"err)", wire_end::reset)).what == failure_class::busy);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_image_are_a_bad_result) {
  BOOST_TEST(failure_of(read_events(completed("not a picture"))).what == failure_class::bad_result);
  BOOST_TEST(failure_of(read_events(completed(picture.substr(0, 40)))).code == "truncated");
  BOOST_TEST(failure_of(read_events(completed(""))).code == "empty");
  BOOST_TEST(failure_of(read_json(R"({"data":[{"b64_json":"****"}]})")).code == "bad_base64");
  BOOST_TEST(failure_of(read_events(event(R"({"type":"image_generation.completed","b64_json":"*)"))).code
             == "bad_base64");
  policies::image_limits small;
  small.max_bytes = 50;
  BOOST_TEST(failure_of(read(200, "text/event-stream", completed(), wire_end::complete, small)).code
             == "answer_too_large");
}

BOOST_AUTO_TEST_CASE(a_bad_preview_is_dropped_and_harms_nothing) {
  for (const auto* index : {"-1", "10", "1e3", "\"0\"", "null", "18446744073709551615"}) {
    reading r;
    r.reader.begin({200, "text/event-stream", std::nullopt, std::nullopt});
    r.reader.feed(event(R"({"type":"image_generation.partial_image","partial_image_index":)" + std::string(index)
                        + R"(,"b64_json":")" + test::base64(preview) + R"("})"));
    r.reader.feed(event(R"({"type":"image_generation.partial_image","partial_image_index":1,"b64_json":"QUJD"})"));
    r.reader.feed(completed());
    BOOST_TEST(r.finish().has_value());
    BOOST_TEST(r.partials.empty());
  }
}

const std::string garbage[] = {"",
                               "nonsense",
                               "null",
                               "[]",
                               "{}",
                               R"({"data":[]})",
                               R"({"data":[7]})",
                               R"({"data":{}})",
                               R"({"data":[{"b64_json":7}]})",
                               R"({"data":[{"b64_json":"QUJD")",
                               R"({"data":[{"url":"https://a.example/1.png"}]})",
                               std::string(33, '['),
                               R"({"data":[{"url":"data:7"}]})"};

BOOST_DATA_TEST_CASE(any_other_answer_is_a_failure, data::make(garbage), body) {
  const auto failure = failure_of(read_json(body));
  BOOST_TEST((failure.what == failure_class::incomplete || failure.what == failure_class::bad_result));
}

struct error_row {
  int status;
  const char* body;
  failure_class what;
};

std::ostream& operator<<(std::ostream& out, const error_row& row) { return out << row.status << ' ' << row.body; }

const error_row rows[] = {
  // shape A: key and account
  {400, R"({"code":"api_key_in_query_deprecated","message":"x"})", failure_class::our_request},
  {401, R"({"code":"API_KEY_REQUIRED","message":"x"})", failure_class::our_account},
  {401, R"({"code":"INVALID_API_KEY","message":"x"})", failure_class::our_account},
  {401, R"({"code":"API_KEY_DISABLED","message":"x"})", failure_class::our_account},
  {401, R"({"code":"USER_NOT_FOUND","message":"x"})", failure_class::our_account},
  {401, R"({"code":"USER_INACTIVE","message":"x"})", failure_class::our_account},
  {403, R"({"code":"ACCESS_DENIED","message":"x"})", failure_class::our_account},
  {403, R"({"code":"API_KEY_EXPIRED","message":"x"})", failure_class::our_account},
  {403, R"({"code":"SUBSCRIPTION_NOT_FOUND","message":"x"})", failure_class::our_account},
  {403, R"({"code":"SUBSCRIPTION_INVALID","message":"x"})", failure_class::our_account},
  {403, R"({"code":"INSUFFICIENT_BALANCE","message":"x"})", failure_class::our_account},
  {403, R"({"code":"GROUP_NOT_ALLOWED","message":"x"})", failure_class::our_account},
  {429, R"({"code":"API_KEY_QUOTA_EXHAUSTED","message":"x"})", failure_class::our_account},
  {429, R"({"code":"USAGE_LIMIT_EXCEEDED","message":"x"})", failure_class::our_account},
  {429, R"({"code":"INVALID_AUTH_RATE_LIMITED","message":"x"})", failure_class::our_account},
  {500, R"({"code":"INTERNAL_ERROR","message":"x"})", failure_class::ambiguous},
  {503, R"({"code":"API_KEY_AUTH_OVERLOADED","message":"x"})", failure_class::unavailable},
  {403, R"({"type":"error","error":{"type":"permission_error","message":"x"}})", failure_class::our_account},
  // shape B: the gateway
  {400, R"({"error":{"type":"invalid_request_error","message":"x"}})", failure_class::our_request},
  {400, R"({"error":{"type":"image_generation_user_error","code":"moderation_blocked"}})", failure_class::refused},
  {400, R"({"error":{"type":"image_generation_user_error","code":"content_policy_violation"}})",
   failure_class::refused},
  {400, R"({"error":{"type":"image_generation_user_error","code":"response_incomplete"}})", failure_class::refused},
  {400, R"({"error":{"type":"image_generation_user_error","code":"invalid_value","param":"size"}})",
   failure_class::our_request},
  {400, R"({"error":{"type":"image_generation_user_error"}})", failure_class::refused},
  {403, R"({"error":{"type":"content_policy_violation"}})", failure_class::refused},
  {451, R"({"error":{"type":"content_policy_violation"}})", failure_class::refused},
  {500, R"({"error":{"type":"content_policy_violation","code":null}})", failure_class::refused},
  {403, R"({"error":{"type":"permission_error","code":"content_policy_violation"}})", failure_class::refused},
  {403, R"({"error":{"type":"permission_error"}})", failure_class::our_account},
  {403, R"({"error":{"type":"billing_error"}})", failure_class::our_account},
  {404, R"({"error":{"type":"not_found_error","code":"model_not_found"}})", failure_class::our_account},
  {413, R"({"error":{"type":"invalid_request_error"}})", failure_class::our_request},
  {429, R"({"error":{"type":"rate_limit_error","message":"Too many pending requests"}})", failure_class::busy},
  {429, R"({"error":{"type":"rate_limit_exceeded"}})", failure_class::busy},
  {429, R"({"error":{"type":"insufficient_quota","code":"insufficient_quota"}})", failure_class::our_account},
  {499, R"({"error":{"type":"api_error"}})", failure_class::ambiguous},
  {500, R"({"error":{"type":"upstream_error"}})", failure_class::ambiguous},
  {502, R"({"error":{"type":"upstream_error"}})", failure_class::ambiguous},
  {502, R"({"error":{"type":"incomplete_error","code":"response_incomplete"}})", failure_class::incomplete},
  {502, R"({"error":{"type":"incomplete_error"}})", failure_class::incomplete},
  {502, R"({"error":{"type":"upstream_error","code":"image_generation_unavailable"}})", failure_class::incomplete},
  {503, R"({"error":{"type":"api_error"}})", failure_class::unavailable},
  {503, R"({"error":{"type":"billing_service_error"}})", failure_class::unavailable},
  {529, R"({"error":{"type":"upstream_error"}})", failure_class::unavailable},
  // what stands in front of the gateway
  {401, "", failure_class::our_account},
  {404, "<html>{{", failure_class::our_account},
  {429, "slow down", failure_class::busy},
  {502, "<html>bad gateway</html>", failure_class::ambiguous},
  {504, "", failure_class::ambiguous},
  {524, "", failure_class::ambiguous},
  {302, "", failure_class::our_account},
  {204, "", failure_class::incomplete},
};

BOOST_DATA_TEST_CASE(each_row_of_the_error_table_has_its_class, data::make(rows), row) {
  const auto failure = failure_of(read(row.status, "application/json", row.body));
  BOOST_TEST(failure.what == row.what);
  BOOST_TEST(failure.code.find("pending") == std::string::npos);
  BOOST_TEST(!failure.code.empty());
}

BOOST_AUTO_TEST_CASE(a_wish_to_be_asked_later_is_kept) {
  reading r;
  r.reader.begin({429, "application/json", std::chrono::seconds(12), std::nullopt});
  r.reader.feed(R"({"error":{"type":"rate_limit_error"}})");
  BOOST_TEST((failure_of(r.finish()).retry_after == duration(std::chrono::seconds(12))));
}

BOOST_AUTO_TEST_SUITE_END()
