#include "http/client/upstream_clients.hpp"

#include "tests/http_client/pictures.hpp"
#include "tests/http_client/printing.hpp"
#include "tests/http_client/scripted_transport.hpp"

#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(upstream_clients_suite)

using namespace easel;
using namespace easel::client;
using policies::failure_class;

namespace {

const auto picture = test::png(4, 5, 200);

template <class T>
struct reported {
  int times = 0;
  std::optional<expected<T, policies::upstream_failure>> last;

  completion<T> here() {
    return [this](expected<T, policies::upstream_failure> got) {
      ++times;
      last = std::move(got);
    };
  }
};

image_job sample_job(const std::string& slug) {
  image_job job;
  job.plan.slug = slug;
  job.plan.size = "1024x1024";
  job.plan.quality = "high";
  job.prompt = secret_text("a boat");
  return job;
}

struct fixture {
  test::scripted_transport net;
  test::scripted_transport::held& only_call() {
    BOOST_REQUIRE_EQUAL(net.calls.size(), 1);
    return net.calls.front();
  }
};

struct kie_fixture : fixture {
  std::unique_ptr<task_client> kie;
  kie_fixture() {
    kie_settings settings;
    settings.base_url = "https://kie.example";
    settings.api_key = secret_text("k2");
    settings.result_hosts = {"files.example"};
    kie = make_kie_client(net, settings);
  }
};

struct sub2api_fixture : fixture {
  std::unique_ptr<drawing_client> relay;
  reported<drawn_image> got;
  std::vector<std::string> previews;
  sub2api_fixture() {
    sub2api_settings settings;
    settings.base_url = "https://relay.example/v1";
    settings.api_key = secret_text("k1");
    relay = make_sub2api_client(net, settings);
  }
  void draw() {
    relay->draw(
      sample_job("gpt-image-2"), [this](int, blob bytes) { previews.push_back(*bytes); }, got.here());
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(moderation_asks_once_and_reports_the_scores, fixture) {
  moderation_settings settings;
  settings.base_url = "https://moderation.example/v1";
  settings.api_key = secret_text("k0");
  const auto moderation = make_moderation_client(net, settings);
  reported<policies::moderation_scores> got;
  moderation->moderate(secret_text("a boat"), got.here());
  BOOST_TEST(got.times == 0);
  auto& sent = only_call();
  BOOST_TEST(sent.call.url == "https://moderation.example/v1/moderations");
  BOOST_TEST((sent.call.to == recipient::openai_moderation));
  BOOST_TEST(sent.header("Authorization") == "Bearer k0");
  BOOST_TEST(sent.call.repeatable);
  sent.answer(200, "application/json",
              R"({"results":[{"flagged":false,"categories":{"a":false},"category_scores":{"a":0.5}}]})");
  BOOST_TEST(got.times == 1);
  BOOST_TEST((*got.last)->scores.at("a") == 0.5);
}

BOOST_FIXTURE_TEST_CASE(a_prompt_that_cannot_be_sent_is_reported_later_and_goes_nowhere, fixture) {
  const auto moderation = make_moderation_client(net, {});
  reported<policies::moderation_scores> got;
  moderation->moderate(secret_text("\xff"), got.here());
  BOOST_TEST(got.times == 0);
  BOOST_TEST(only_call().call.url == "");
  BOOST_TEST(only_call().call.body == "");
  only_call().sink->on_end(wire_end::not_sent);
  BOOST_TEST(got.times == 1);
  BOOST_TEST(got.last->error().what == failure_class::our_request);
}

BOOST_FIXTURE_TEST_CASE(each_end_on_the_wire_is_reported_as_what_it_is, fixture) {
  const auto moderation = make_moderation_client(net, {});
  const std::pair<wire_end, failure_class> ends[] = {
    {wire_end::not_sent, failure_class::not_sent},   {wire_end::reset, failure_class::ambiguous},
    {wire_end::timed_out, failure_class::timed_out}, {wire_end::too_large, failure_class::bad_result},
    {wire_end::stopped, failure_class::ambiguous},   {wire_end::shut_down, failure_class::ambiguous}};
  for (const auto& [end, what] : ends) {
    reported<policies::moderation_scores> got;
    moderation->moderate(secret_text("x"), got.here());
    net.calls.back().sink->on_end(end);
    BOOST_TEST(got.times == 1);
    BOOST_TEST(got.last->error().what == what);
  }
}

BOOST_FIXTURE_TEST_CASE(a_drawing_is_reported_with_its_completed_event_and_once, sub2api_fixture) {
  draw();
  auto& sent = only_call();
  BOOST_TEST(sent.call.url == "https://relay.example/v1/images/generations");
  BOOST_TEST((sent.call.to == recipient::sub2api));
  BOOST_TEST(!sent.call.repeatable);
  BOOST_TEST(sent.header("Authorization") == "Bearer k1");
  sent.sink->on_head({200, "text/event-stream", std::nullopt, std::nullopt});
  sent.sink->on_data(R"(data: {"type":"image_generation.partial_image","partial_image_index":0,"b64_json":")"
                     + test::base64(test::png()) + "\"}\n\n");
  BOOST_TEST(previews.size() == 1);
  BOOST_TEST(got.times == 0);
  sent.sink->on_data(R"(data: {"type":"image_generation.completed","b64_json":")" + test::base64(picture) + "\"}\n\n");
  BOOST_TEST(got.times == 1);
  BOOST_TEST(sent.sink->on_data("data: [DONE]\n\n"));
  sent.sink->on_end(wire_end::reset);
  BOOST_TEST(got.times == 1);
  BOOST_TEST(*(*got.last)->bytes == picture);
  BOOST_TEST((*got.last)->facts.height == 5);
}

BOOST_FIXTURE_TEST_CASE(a_drawing_that_ends_without_its_event_is_reported_at_the_end, sub2api_fixture) {
  draw();
  only_call().answer(200, "text/event-stream", ": ping\n\n");
  BOOST_TEST(got.times == 1);
  BOOST_TEST(got.last->error().what == failure_class::incomplete);
}

BOOST_FIXTURE_TEST_CASE(a_task_is_created_once, kie_fixture) {
  reported<std::string> id;
  kie->create(sample_job("nano-banana-2"), "https://us.example/h", id.here());
  auto& sent = only_call();
  BOOST_TEST(sent.call.url == "https://kie.example/api/v1/jobs/createTask");
  BOOST_TEST((sent.call.to == recipient::kie));
  BOOST_TEST(!sent.call.repeatable);
  BOOST_TEST(nlohmann::json::parse(sent.call.body).at("callBackUrl") == "https://us.example/h");
  sent.answer(200, "application/json", R"({"code":200,"data":{"taskId":"task_9"}})");
  BOOST_TEST(id.last->value() == "task_9");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_slug_is_an_operators_matter_and_goes_nowhere, kie_fixture) {
  reported<std::string> id;
  kie->create(sample_job("paint-9"), "", id.here());
  BOOST_TEST(only_call().call.url == "");
  only_call().sink->on_end(wire_end::not_sent);
  BOOST_TEST(id.last->error().what == failure_class::our_account);
  BOOST_TEST(id.last->error().code == "unknown_slug");
}

BOOST_FIXTURE_TEST_CASE(a_poll_and_a_credit_check_read_with_the_key, kie_fixture) {
  reported<task_status> status;
  kie->poll("task_9", status.here());
  BOOST_TEST(net.calls[0].call.url == "https://kie.example/api/v1/jobs/recordInfo?taskId=task_9");
  BOOST_TEST(net.calls[0].call.method == "GET");
  BOOST_TEST(net.calls[0].header("Authorization") == "Bearer k2");
  net.calls[0].answer(200, "application/json", R"({"code":200,"data":{"taskId":"task_9","state":"waiting"}})");
  BOOST_TEST(((*status.last)->at == task_status::stage::running));
  reported<std::int64_t> left;
  kie->credit(left.here());
  BOOST_TEST(net.calls[1].call.url == "https://kie.example/api/v1/chat/credit");
  net.calls[1].answer(200, "application/json", R"({"code":200,"data":77})");
  BOOST_TEST(left.last->value() == 77);
}

BOOST_FIXTURE_TEST_CASE(a_poll_for_what_is_no_id_goes_nowhere, kie_fixture) {
  reported<task_status> status;
  kie->poll("a/../b?x=", status.here());
  BOOST_TEST(only_call().call.url == "");
  only_call().sink->on_end(wire_end::not_sent);
  BOOST_TEST(status.last->error().what == failure_class::our_request);
}

BOOST_FIXTURE_TEST_CASE(a_result_is_downloaded_without_our_key_and_checked, kie_fixture) {
  reported<drawn_image> got;
  kie->download("https://files.example/1.png", got.here());
  BOOST_TEST(only_call().call.headers.empty());
  only_call().answer(200, "text/plain", picture);
  BOOST_REQUIRE(got.last->has_value());
  BOOST_TEST(*(*got.last)->bytes == picture);
  BOOST_TEST((*got.last)->facts.width == 4);
  reported<drawn_image> bad;
  kie->download("https://files.example/1.png", bad.here());
  net.calls[1].answer(200, "image/png", "<html>");
  BOOST_TEST(bad.last->error().what == failure_class::bad_result);
  reported<drawn_image> gone;
  kie->download("https://files.example/1.png", gone.here());
  net.calls[2].answer(404, "text/html", "gone");
  BOOST_TEST(gone.last->error().code == "result_gone");
}

BOOST_FIXTURE_TEST_CASE(a_result_elsewhere_is_never_asked_for, kie_fixture) {
  for (const auto* url :
       {"https://evil.example/1.png", "http://files.example/1.png", "https://files.example@evil.example/"}) {
    reported<drawn_image> got;
    kie->download(url, got.here());
    BOOST_TEST(net.calls.back().call.url == "");
    net.calls.back().sink->on_end(wire_end::not_sent);
    BOOST_TEST(got.last->error().code == "foreign_result_url");
  }
}

BOOST_AUTO_TEST_SUITE_END()
