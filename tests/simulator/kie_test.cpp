#include "tests/simulator/decode.hpp"
#include "tests/simulator/simulator_client.hpp"

#include "policies/vocabulary/base64.hpp"

#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kie {

using namespace easel::simulator;
using namespace easel::simulator::test;

namespace {

settings signing() {
  settings s;
  s.kie_webhook_key = "hook-key";
  return s;
}

struct signing_fixture : fixture {
  signing_fixture() : fixture(signing()) {}
};

/// Several simulators, one after the other, on one file of tasks.
struct task_file_fixture {
  std::filesystem::path folder =
    std::filesystem::temp_directory_path() / ("easel-simulator-" + std::to_string(::getpid()));
  task_file_fixture() { std::filesystem::create_directory(folder); }
  ~task_file_fixture() { std::filesystem::remove_all(folder); }
  [[nodiscard]] settings with_file() const {
    settings s;
    s.task_file = folder / "tasks";
    return s;
  }
};

/// Receives callbacks, one connection each.
class receiver {
public:
  receiver() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {}

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/hook/7f3a";
  }

  /// Waits for one callback and answers 200.
  std::string take() {
    auto socket = acceptor_.accept();
    asio::streambuf data;
    auto head = asio::read_until(socket, data, "\r\n\r\n");
    std::string text(asio::buffers_begin(data.data()), asio::buffers_end(data.data()));
    auto at = text.find("Content-Length: ");
    auto whole = head + std::stoul(text.substr(at + 16));
    if (data.size() < whole)
      asio::read(socket, data, asio::transfer_exactly(whole - data.size()));
    asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
    return {asio::buffers_begin(data.data()), asio::buffers_end(data.data())};
  }

private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
};

std::string header_of(const std::string& request, const std::string& name) {
  auto begin = request.find("\r\n" + name + ": ") + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

json body_of(const std::string& request) { return json::parse(request.substr(request.find("\r\n\r\n") + 4)); }

std::string signature(const std::string& key, const std::string& text) {
  std::array<unsigned char, 32> mac{};
  HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       mac.data(), nullptr);
  std::string out;
  easel::append_base64(out, {reinterpret_cast<const char*>(mac.data()), mac.size()});
  return out;
}

std::string path_of(const std::string& url) { return url.substr(url.find("/kie/")); }

} // namespace

} // namespace kie

BOOST_FIXTURE_TEST_SUITE(kie, signing_fixture)

BOOST_AUTO_TEST_CASE(a_task_passes_through_its_states_to_a_result_that_can_be_fetched) {
  behave(json::parse(R"({"kie.task":{"polls_until_done":5}})"));
  auto id = created("a castle", {{"input", {{"aspect_ratio", "16:9"}, {"resolution", "1K"}}}});
  for (const char* state : {"waiting", "queuing", "generating", "generating"}) {
    auto data = record(id);
    BOOST_TEST(data.at("state") == state);
    BOOST_TEST(data.at("resultJson") == "");
  }
  auto data = record(id);
  BOOST_TEST(data.at("state") == "success");
  BOOST_TEST(data.at("failCode") == "");
  BOOST_TEST_REQUIRE(data.at("resultJson").is_string());
  auto urls = json::parse(data.at("resultJson").get<std::string>()).at("resultUrls");
  BOOST_TEST_REQUIRE(urls.size() == 1);
  auto file = get(path_of(urls[0].get<std::string>()));
  BOOST_TEST(file.header("content-type") == "image/png");
  auto decoded = decode_png(file.body);
  BOOST_TEST_REQUIRE(decoded.has_value());
  BOOST_TEST(decoded->width > decoded->height);
}

BOOST_AUTO_TEST_CASE(time_moves_a_task_as_well) {
  behave(json::parse(R"({"kie.task":{"latency":0}})"));
  BOOST_TEST(record(created("a castle")).at("state") == "success");
  behave(json::parse(R"({"kie.task":{"latency":3600000}})"));
  BOOST_TEST(record(created("a castle")).at("state") == "waiting");
}

BOOST_FIXTURE_TEST_CASE(a_task_outlives_the_program_where_a_file_keeps_it, task_file_fixture) {
  std::string id;
  {
    fixture first(with_file());
    id = first.created("a castle");
  }
  std::ofstream(with_file().task_file, std::ios::app) << R"({"id":"cut off in the m)";
  for (int restarts = 0; restarts < 2; ++restarts) {
    fixture again(with_file());
    BOOST_TEST(again.poll(id).parsed().at("code") == 200);
    BOOST_TEST(json::parse(again.record(id).at("param").get<std::string>()).at("input").at("prompt") == "a castle");
  }
  fixture without_file;
  BOOST_TEST(without_file.poll(id).parsed().at("code") == 422);
}

BOOST_AUTO_TEST_CASE(errors_come_with_http_200_and_a_code_unless_told_otherwise) {
  auto refused = [&](const json& body, int code) {
    auto answer = post("/kie/api/v1/jobs/createTask", body, "sk-sim-kie");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.parsed().at("code") == code, body.dump());
    BOOST_TEST(answer.parsed().at("data").is_null());
  };
  json input{{"prompt", "x"}};
  refused({{"model", "gpt-image-2-text-to-image"}}, 400);
  refused({{"model", "no-such-model"}, {"input", input}}, 404);
  refused({{"model", "gpt-image-2-text-to-image"}, {"input", {{"prompt", "x"}, {"resolution", "2K"}}}}, 422);
  input.update({{"resolution", "4K"}, {"aspect_ratio", "1:1"}});
  refused({{"model", "gpt-image-2-text-to-image"}, {"input", input}}, 422);
  BOOST_TEST(get("/kie/api/v1/chat/credit", "sk-other").parsed().at("code") == 401);
  behave(json::parse(R"({"kie.create":{"mirror_status":true}})"));
  BOOST_TEST(post("/kie/api/v1/jobs/createTask", {{"model", "m"}}, "sk-sim-kie").status == 400);
}

BOOST_AUTO_TEST_CASE(credit_falls_with_each_task_and_runs_out) {
  behave(json::parse(R"({"kie.credit":{"credits":7}})"));
  BOOST_TEST(create("a").parsed().at("code") == 200);
  BOOST_TEST(get("/kie/api/v1/chat/credit", "sk-sim-kie").parsed().at("data") == 1);
  auto broke = create("b");
  BOOST_TEST(broke.status == 200);
  BOOST_TEST(broke.parsed().at("code") == 402);
}

BOOST_AUTO_TEST_CASE(starts_beyond_the_window_are_refused_and_start_nothing) {
  behave(json::parse(R"({"kie.create":{"start_limit":2,"start_window_ms":3600000}})"));
  BOOST_TEST(create("a").parsed().at("code") == 200);
  BOOST_TEST(create("b").parsed().at("code") == 200);
  BOOST_TEST(create("c").parsed().at("code") == 429);
  BOOST_TEST(state().at("tasks") == 2);
}

BOOST_AUTO_TEST_CASE(the_record_can_be_missing_right_after_the_create) {
  behave(json::parse(R"({"kie.task":{"latency":0,"no_record_polls":1}})"));
  auto id = created("a");
  auto first = poll(id).parsed();
  BOOST_TEST(first.at("code") == 422);
  BOOST_TEST(first.at("data").is_null());
  BOOST_TEST(record(id).at("state") == "success");
  BOOST_TEST(poll("task_unknown").parsed().at("code") == 422);
  BOOST_TEST(poll("").parsed().at("code") == 400);
}

BOOST_AUTO_TEST_CASE(a_task_can_be_refused_fail_or_end_without_result) {
  behave(json::parse(R"({"kie.task":{"latency":0}})"));
  auto refused = record(created("sim:refuse"));
  BOOST_TEST(refused.at("state") == "fail");
  BOOST_TEST(refused.at("failMsg").get<std::string>().find("policy") != std::string::npos);
  BOOST_TEST(refused.at("creditsConsumed") == 0);
  auto failed = record(created("sim:kie.task/status=501"));
  BOOST_TEST(failed.at("failCode") == "501");
  auto empty = record(created("sim:no_completion"));
  BOOST_TEST(json::parse(empty.at("resultJson").get<std::string>()).at("resultUrls").empty());
  auto broken = record(created("sim:bad_image"));
  auto url = json::parse(broken.at("resultJson").get<std::string>()).at("resultUrls").at(0).get<std::string>();
  BOOST_TEST(!decode_png(get(path_of(url)).body).has_value());
}

BOOST_AUTO_TEST_CASE(a_lost_create_answer_leaves_a_task_behind) {
  behave(json::parse(R"({"kie.create":{"faults":[{"kind":"lost_answer","count":1}]}})"));
  auto lost = create("a castle");
  BOOST_TEST((lost.end == wire::reset));
  BOOST_TEST(lost.raw.empty());
  BOOST_TEST(state().at("tasks") == 1);
  BOOST_TEST(count("kie.create", "a castle") == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_is_signed_over_task_and_timestamp) {
  receiver hook;
  behave(json::parse(R"({"kie.task":{"latency":0}})"));
  auto id = created("a castle", {{"callBackUrl", hook.url()}});
  auto got = hook.take();
  BOOST_TEST(got.rfind("POST /hook/7f3a HTTP/1.1\r\n", 0) == 0);
  auto sent = header_of(got, "X-Webhook-Timestamp");
  BOOST_TEST(header_of(got, "X-Webhook-Signature") == signature("hook-key", id + "." + sent));
  auto body = body_of(got);
  BOOST_TEST(body.at("code") == 200);
  BOOST_TEST(body.at("data").at("taskId") == id);
  BOOST_TEST(body.at("data").at("resultJson").is_string());
}

BOOST_AUTO_TEST_CASE(a_failed_task_calls_back_with_code_501) {
  receiver hook;
  behave(json::parse(R"({"kie.task":{"latency":0}})"));
  auto id = created("sim:refuse", {{"callBackUrl", hook.url()}});
  auto body = body_of(hook.take());
  BOOST_TEST(body.at("code") == 501);
  BOOST_TEST(body.at("data").at("state") == "fail");
  BOOST_TEST(body.at("data").at("consumeCredits") == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_can_come_twice_forged_or_late) {
  receiver hook;
  behave(json::parse(R"({"kie.task":{"latency":0},"kie.callback":{"faults":[{"kind":"twice","count":1},
    {"kind":"bad_signature","count":1},{"kind":"stale","count":1}]}})"));
  auto id = created("a", {{"callBackUrl", hook.url()}});
  BOOST_TEST(body_of(hook.take()) == body_of(hook.take()));
  id = created("b", {{"callBackUrl", hook.url()}});
  auto forged = hook.take();
  BOOST_TEST(header_of(forged, "X-Webhook-Signature")
             != signature("hook-key", id + "." + header_of(forged, "X-Webhook-Timestamp")));
  id = created("c", {{"callBackUrl", hook.url()}});
  auto late = hook.take();
  auto sent = header_of(late, "X-Webhook-Timestamp");
  BOOST_TEST(header_of(late, "X-Webhook-Signature") == signature("hook-key", id + "." + sent));
  BOOST_TEST(std::stoll(sent) < body_of(late).at("data").at("createTime").get<std::int64_t>() / 1000 - 3000);
}

BOOST_AUTO_TEST_CASE(a_callback_can_stay_out_and_never_leaves_loopback) {
  behave(json::parse(R"({"kie.task":{"polls_until_done":1},"kie.callback":{"faults":[{"kind":"never","count":1}]}})"));
  record(created("a", {{"callBackUrl", "http://127.0.0.1:9/x"}}));
  record(created("b", {{"callBackUrl", "http://192.0.2.1/x"}}));
  record(created("c", {{"callBackUrl", "https://127.0.0.1/x"}}));
  auto events = route_state("kie.callback").at("events");
  BOOST_TEST(events.at("never") == 1);
  BOOST_TEST(events.at("not_loopback") == 2);
  BOOST_TEST(!events.contains("sent"));
}

BOOST_AUTO_TEST_CASE(only_links_of_this_service_can_be_signed) {
  auto own = "http://127.0.0.1:" + std::to_string(sim.port()) + "/kie/files/task_1/0.png";
  auto path = "/kie/api/v1/common/download-url";
  BOOST_TEST(post(path, {{"url", own}}, "sk-sim-kie").parsed().at("code") == 200);
  BOOST_TEST(post(path, {{"url", "http://example.org/a.png"}}, "sk-sim-kie").parsed().at("code") == 422);
}

BOOST_AUTO_TEST_SUITE_END()
