#include "http/client/kie.hpp"

#include "tests/http_client/printing.hpp"

#include <boost/test/data/test_case.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(kie_suite)

using namespace easel;
using namespace easel::client;
using nlohmann::json;
using policies::failure_class;
using stage = task_status::stage;
namespace data = boost::unit_test::data;

namespace {

answer got(const std::string& body, int status = 200) { return {status, std::nullopt, body}; }

image_job job_for(const std::string& slug, const std::string& size, image_format format = image_format::png) {
  image_job job;
  job.plan.slug = slug;
  job.plan.size = size;
  job.plan.format = format;
  job.plan.quality = "high";
  job.prompt = secret_text("A paper boat");
  return job;
}

json input_for(const std::string& slug, const std::string& size, image_format format = image_format::png) {
  const auto body = kie::encode_create(job_for(slug, size, format), "");
  BOOST_REQUIRE(body);
  const auto sent = json::parse(*body);
  BOOST_TEST(sent.at("model") == slug);
  BOOST_TEST(sent.at("input").at("prompt") == "A paper boat");
  auto input = sent.at("input");
  input.erase("prompt");
  return input;
}

std::string record(const std::string& fields) {
  return R"({"code":200,"msg":"success","data":{"taskId":"task_1",)" + fields + "}}";
}

std::string succeeded_with(const std::string& result_json) {
  return record(R"("state":"success","resultJson":)" + json(result_json).dump());
}

auto decode_record(const std::string& body, int status = 200) {
  return kie::decode_record(got(body, status), "task_1");
}

} // namespace

BOOST_AUTO_TEST_CASE(gpt_image_2_takes_a_ratio_and_a_resolution) {
  const auto fields = [](const char* size) { return input_for("gpt-image-2-text-to-image", size); };
  BOOST_TEST(fields("auto") == json::parse(R"({"aspect_ratio":"auto"})"));
  BOOST_TEST(fields("1024x1024") == json::parse(R"({"aspect_ratio":"1:1","resolution":"1K"})"));
  BOOST_TEST(fields("1536x1024") == json::parse(R"({"aspect_ratio":"4:3","resolution":"1K"})"));
  BOOST_TEST(fields("1024x1536") == json::parse(R"({"aspect_ratio":"3:4","resolution":"1K"})"));
  BOOST_TEST(fields("2560x1440") == json::parse(R"({"aspect_ratio":"16:9","resolution":"2K"})"));
  BOOST_TEST(fields("2160x3840") == json::parse(R"({"aspect_ratio":"9:16","resolution":"4K"})"));
  BOOST_TEST(fields("3840x3840") == json::parse(R"({"aspect_ratio":"1:1","resolution":"2K"})")); // 4K is refused here
  for (const auto* nonsense : {"", "x", "1x", "x1", "0x1", "-1x1", "99999999999x1", "1x1x1", "1.5x1"})
    BOOST_TEST(fields(nonsense) == json::parse(R"({"aspect_ratio":"auto"})"));
}

BOOST_AUTO_TEST_CASE(the_other_models_take_their_own_fields) {
  BOOST_TEST(input_for("nano-banana-2", "1536x1024")
             == json::parse(R"({"aspect_ratio":"3:2","resolution":"1K","output_format":"png"})"));
  BOOST_TEST(input_for("nano-banana-2", "256x2048", image_format::jpeg)
             == json::parse(R"({"aspect_ratio":"1:8","resolution":"2K","output_format":"jpg"})"));
  BOOST_TEST(input_for("nano-banana-pro", "512x2048", image_format::webp).at("aspect_ratio") == "9:16");
  BOOST_TEST(input_for("nano-banana-2", "auto") == json::parse(R"({"aspect_ratio":"auto","output_format":"png"})"));
  BOOST_TEST(input_for("google/nano-banana", "1024x1536", image_format::jpeg)
             == json::parse(R"({"image_size":"2:3","output_format":"jpeg"})"));
  BOOST_TEST(input_for("google/nano-banana", "auto") == json::parse(R"({"image_size":"1:1","output_format":"png"})"));
  BOOST_TEST(input_for("gpt-image/1.5-text-to-image", "1536x1024")
             == json::parse(R"({"aspect_ratio":"3:2","quality":"high"})"));
}

BOOST_AUTO_TEST_CASE(a_create_call_names_a_callback_only_when_there_is_one) {
  const auto job = job_for("gpt-image-2-text-to-image", "auto");
  BOOST_TEST(!json::parse(kie::encode_create(job, "").value()).contains("callBackUrl"));
  BOOST_TEST(json::parse(kie::encode_create(job, "https://a.example/h").value()).at("callBackUrl")
             == "https://a.example/h");
}

BOOST_AUTO_TEST_CASE(an_unknown_slug_or_a_broken_prompt_is_no_call) {
  BOOST_TEST(!kie::encode_create(job_for("gpt-image-9", "auto"), ""));
  auto job = job_for("nano-banana-2", "auto");
  job.prompt = secret_text("\xed\xa0\x80");
  BOOST_TEST(!kie::encode_create(job, ""));
}

BOOST_AUTO_TEST_CASE(a_created_task_has_an_id) {
  BOOST_TEST(kie::decode_create(got(R"({"code":200,"msg":"success","data":{"taskId":"task_7f3a"}})")).value()
             == "task_7f3a");
}

struct code_row {
  int code;
  failure_class what;
};
std::ostream& operator<<(std::ostream& out, const code_row& row) { return out << row.code; }

const code_row code_rows[] = {
  {400, failure_class::our_request}, {401, failure_class::our_account}, {402, failure_class::our_account},
  {403, failure_class::our_account}, {404, failure_class::our_account}, {408, failure_class::failed},
  {422, failure_class::our_request}, {429, failure_class::busy},        {430, failure_class::busy},
  {433, failure_class::our_account}, {451, failure_class::our_request}, {455, failure_class::unavailable},
  {500, failure_class::ambiguous},   {501, failure_class::failed},      {505, failure_class::our_account},
  {550, failure_class::unavailable}, {0, failure_class::ambiguous},     {777, failure_class::ambiguous},
};

BOOST_DATA_TEST_CASE(the_code_in_the_body_is_the_verdict_of_a_create, data::make(code_rows), row) {
  const auto body = R"({"code":)" + std::to_string(row.code) + R"(,"msg":"user 17 said something","data":null})";
  for (const int status : {200, row.code >= 400 && row.code < 600 ? row.code : 500}) {
    const auto failure = kie::decode_create(got(body, status)).error();
    BOOST_TEST(failure.what == row.what);
    BOOST_TEST(failure.code.find("user") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_code_that_speaks_of_frequency_means_later) {
  for (const auto* field : {"msg", "message"}) {
    const auto body = json{{"code", 433 + 1}, {field, "Your call frequency is too high"}}.dump();
    BOOST_TEST(kie::decode_create(got(body)).error().what == failure_class::busy);
  }
}

const std::string unreadable_create[] = {
  "",
  "<html>",
  "[]",
  "{}",
  R"({"code":"200"})",
  R"({"code":200.5})",
  R"({"code":-200})",
  R"({"code":1e30})",
  R"({"code":200})",
  R"({"code":200,"data":null})",
  R"({"code":200,"data":[]})",
  R"({"code":200,"data":{"taskId":7}})",
  R"({"code":200,"data":{"taskId":""}})",
  R"({"code":200,"data":{"taskId":"a/b"}})",
  R"({"code":200,"data":{"taskId":"a&x=1"}})",
  R"({"code":200,"data":{"taskId":")" + std::string(129, 'a') + R"("}})",
  std::string(100, '['),
};

BOOST_DATA_TEST_CASE(an_accepting_answer_that_cannot_be_read_leaves_the_outcome_open, data::make(unreadable_create),
                     body) {
  const auto failure = kie::decode_create(got(body)).error();
  BOOST_TEST(failure.what == failure_class::incomplete);
  BOOST_TEST((policies::ends_as(failure.what, policies::call_kind::paid_create) == failure::outcome_unknown));
}

BOOST_AUTO_TEST_CASE(without_an_envelope_the_status_decides) {
  BOOST_TEST(kie::decode_create(got("<html>", 502)).error().what == failure_class::ambiguous);
  BOOST_TEST(kie::decode_create(got("<html>", 503)).error().what == failure_class::unavailable);
  BOOST_TEST(kie::decode_create(got("error code: 1010", 403)).error().what == failure_class::our_account);
  BOOST_TEST(kie::decode_create(got("", 429)).error().what == failure_class::busy);
  BOOST_TEST(kie::decode_create(got(R"({"code":200,"data":{"taskId":"t"}})", 502)).error().what
             == failure_class::ambiguous);
}

BOOST_AUTO_TEST_CASE(a_task_under_way_runs) {
  for (const auto* state : {"waiting", "queuing", "generating"}) {
    const auto status = decode_record(record(R"("state":")" + std::string(state) + "\""));
    BOOST_REQUIRE(status.has_value());
    BOOST_TEST((status->at == stage::running));
  }
}

BOOST_AUTO_TEST_CASE(a_record_that_is_not_there_yet_is_a_task_that_runs) {
  for (const int status : {200, 422}) {
    const auto read = decode_record(R"({"code":422,"msg":"record is null","data":null})", status);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->at == stage::running));
  }
}

BOOST_AUTO_TEST_CASE(a_success_names_its_links_inside_a_string) {
  const auto status =
    decode_record(succeeded_with(R"({"resultUrls":["https://file.kie.ai/1.png","https://file.kie.ai/2.png"]})"));
  BOOST_REQUIRE(status.has_value());
  BOOST_TEST((status->at == stage::succeeded));
  BOOST_REQUIRE_EQUAL(status->result_urls.size(), 2);
  BOOST_TEST(status->result_urls[1] == "https://file.kie.ai/2.png");
  BOOST_TEST(decode_record(succeeded_with(R"({"result_urls":["x"]})"))->result_urls.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_success_without_links_has_failed) {
  for (const auto* inner :
       {"", "{}", "[]", "nonsense", R"({"resultUrls":[]})", R"({"resultUrls":[7]})", R"({"resultUrls":[""]})",
        R"({"resultUrls":"x"})",
        R"({"resultUrls":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]})"}) {
    const auto status = decode_record(succeeded_with(inner));
    BOOST_REQUIRE(status.has_value());
    BOOST_TEST((status->at == stage::failed));
    BOOST_TEST(status->reason->what == failure_class::bad_result);
  }
  BOOST_TEST((decode_record(record(R"("state":"success","resultJson":{"resultUrls":["x"]})"))->at == stage::failed));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_from_a_failure_by_its_words) {
  const auto reason = [](const std::string& message, const std::string& code = "400") {
    const auto status =
      decode_record(record(R"("state":"fail","failCode":")" + code + R"(","failMsg":")" + message + "\""));
    BOOST_REQUIRE(status.has_value());
    BOOST_TEST((status->at == stage::failed));
    return status->reason->what;
  };
  for (const auto* message : {"prompt refused by provider Policy", "SAFETY system", "sensitive words",
                              "content was flagged", "NSFW", "failed moderation", "prohibited content"})
    BOOST_TEST(reason(message) == failure_class::refused);
  BOOST_TEST(reason("internal error") == failure_class::failed);
  BOOST_TEST(reason("") == failure_class::failed);
}

BOOST_AUTO_TEST_CASE(a_failed_task_under_an_error_code_is_a_failed_task) {
  const auto status =
    decode_record(R"({"code":501,"msg":"task failed","data":{"taskId":"task_1","state":"fail","resultJson":"",
    "failCode":"500","failMsg":"internal error","consumeCredits":0}})");
  BOOST_REQUIRE(status.has_value());
  BOOST_TEST((status->at == stage::failed));
  BOOST_TEST(status->reason->what == failure_class::failed);
}

const std::string unreadable_record[] = {record(R"("state":"melting")"),
                                         record(R"("state":7)"),
                                         record(R"("state":null)"),
                                         R"({"code":200,"data":{"taskId":"task_2","state":"generating"}})",
                                         R"({"code":200,"data":null})",
                                         R"({"code":200})",
                                         "nonsense"};

BOOST_DATA_TEST_CASE(a_record_that_cannot_be_read_may_be_asked_for_again, data::make(unreadable_record), body) {
  const auto status = decode_record(body);
  BOOST_REQUIRE(!status.has_value());
  BOOST_TEST(status.error().what == failure_class::incomplete);
  BOOST_TEST(bool(retry_delay({}, policies::call_kind::paid_poll, status.error(), 1, 0)));
}

BOOST_AUTO_TEST_CASE(a_poll_takes_its_other_errors_from_the_table) {
  BOOST_TEST(decode_record(R"({"code":429,"msg":"x"})").error().what == failure_class::busy);
  BOOST_TEST(decode_record(R"({"code":401,"msg":"x"})").error().what == failure_class::our_account);
  BOOST_TEST(decode_record(R"({"code":404,"msg":"x"})").error().what == failure_class::our_account);
}

BOOST_AUTO_TEST_CASE(credit_is_a_whole_number_or_nothing) {
  const auto credit = [](const char* data) {
    return kie::decode_credit(got(R"({"code":200,"msg":"success","data":)" + std::string(data) + "}"));
  };
  BOOST_TEST(credit("18250").value() == 18250);
  BOOST_TEST(credit("0").value() == 0);
  for (const auto* hostile :
       {"-1", "1.5", "NaN", "1e400", "\"7\"", "null", "{}", "18446744073709551615", "9223372036854775807"})
    BOOST_TEST(!credit(hostile).has_value());
  BOOST_TEST(kie::decode_credit(got(R"({"code":401,"msg":"x","data":5})")).error().what == failure_class::our_account);
}

BOOST_AUTO_TEST_CASE(a_result_is_fetched_from_listed_hosts_only) {
  const std::set<std::string> hosts{"file.kie.ai", "127.0.0.1:9000"};
  BOOST_TEST(kie::is_result_url("https://file.kie.ai/x/1.png?sig=a", hosts, false));
  BOOST_TEST(kie::is_result_url("https://FILE.kie.ai/x", hosts, false));
  BOOST_TEST(kie::is_result_url("http://127.0.0.1:9000/1.png", hosts, true));
  for (const auto* bad :
       {"http://file.kie.ai/1.png", "https://file.kie.ai:8443/1.png", "https://file.kie.ai@evil.example/",
        "https://evil.example/file.kie.ai", "https://file.kie.ai.evil.example/", "https://xfile.kie.ai/",
        "http://127.0.0.1:9000/1.png", "https://127.0.0.1/", "file:///etc/passwd", "", "//file.kie.ai/x"})
    BOOST_TEST(!kie::is_result_url(bad, hosts, false), bad);
}

BOOST_AUTO_TEST_CASE(a_link_that_died_is_no_matter_of_our_account) {
  for (const int status : {301, 302, 307, 401, 402, 403, 404, 410})
    BOOST_TEST(kie::download_failure(got("", status)).what == failure_class::failed);
  BOOST_TEST(kie::download_failure(got("", 429)).what == failure_class::busy);
  BOOST_TEST(kie::download_failure(got("", 500)).what == failure_class::ambiguous);
}

BOOST_AUTO_TEST_SUITE_END()
