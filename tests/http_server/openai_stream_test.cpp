#include "server_fixture.hpp"

#include "policies/vocabulary/base64.hpp"

#include <boost/test/unit_test.hpp>

namespace openai_stream {

using namespace easel;
using namespace easel::tests;
using actors::generation_event;

namespace {

const std::string streamed = request_text("POST", "/v1/images/generations", json_bearer,
                                          R"({"prompt":"a paper boat","stream":true,"partial_images":2})");

struct sse_event {
  std::string id, name, data;
};

/// Splits a whole stream as a browser does; comment lines fall away.
std::vector<sse_event> parse_events(std::string_view text) {
  std::vector<sse_event> out;
  sse_event now;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const auto value = [&](std::string_view name) { return std::string(line.substr(name.size())); };
    if (line.empty() && (!now.name.empty() || !now.data.empty()))
      out.push_back(std::exchange(now, {}));
    else if (line.substr(0, 7) == "event: ")
      now.name = value("event: ");
    else if (line.substr(0, 6) == "data: ")
      now.data += value("data: ");
    else if (line.substr(0, 4) == "id: ")
      now.id = value("id: ");
  }
  return out;
}

generation_event change_to(generation_state state, std::uint64_t sequence) {
  auto view = sample_view(state);
  view.queue_position = 3;
  view.estimated_wait = std::chrono::milliseconds(2500);
  return {sequence, generation_event::state_changed{view}};
}

} // namespace

} // namespace openai_stream

BOOST_FIXTURE_TEST_SUITE(openai_stream, server_fixture)

BOOST_AUTO_TEST_CASE(partial_and_completed_events_are_sent_once_per_image) {
  auto client = connect();
  client.send(streamed);
  auto call = front.creates.take();
  BOOST_TEST(call.how.wants_partials);
  BOOST_TEST(!call.how.wait.has_value());
  BOOST_TEST(call.watcher->accepted(sample_view(), false));
  BOOST_TEST(call.watcher->event(change_to(generation_state::queued, 1)));
  const auto head = client.read_head();
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("content-type") == "text/event-stream");
  BOOST_TEST(head.header("cache-control") == "private, no-store, no-transform");

  const auto preview = make_blob("preview"), one = sample_bytes(400'000), two = make_blob("two");
  BOOST_TEST(call.watcher->event({2, generation_event::partial{0, 0, preview}}));
  BOOST_TEST(call.watcher->event({3, generation_event::image_stored{sample_image(0, 400'000), one}}));
  BOOST_TEST(!call.watcher->event(sample_end({one, two}, 4)));

  std::string text;
  for (std::string chunk = client.read_chunk(); !chunk.empty(); chunk = client.read_chunk())
    text += chunk;
  const auto events = parse_events(text);
  BOOST_REQUIRE(events.size() == 3u);
  BOOST_TEST(events[0].name == "image_generation.partial_image");
  BOOST_TEST(events[1].name == "image_generation.completed");
  BOOST_TEST(events[2].name == "image_generation.completed");
  const auto partial = json::parse(events[0].data);
  BOOST_TEST(partial["type"] == events[0].name);
  BOOST_TEST(partial["partial_image_index"] == 0);
  BOOST_TEST(decode_base64(partial["b64_json"].get<std::string>()).value() == "preview");
  const auto completed = json::parse(events[1].data);
  BOOST_TEST((decode_base64(completed["b64_json"].get<std::string>()) == *one));
  BOOST_TEST(completed["size"] == "1024x768");
  BOOST_TEST(completed["output_format"] == "webp");
  BOOST_TEST(completed["usage"]["total_tokens"] == 0);
  BOOST_TEST(decode_base64(json::parse(events[2].data)["b64_json"].get<std::string>()).value() == "two");
  BOOST_TEST((front.answers.take() == sample_id()));
}

BOOST_AUTO_TEST_CASE(an_image_that_was_told_without_its_bytes_comes_with_the_end) {
  auto client = connect();
  client.send(streamed);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(generation_state::dispatched), true);
  BOOST_TEST(call.watcher->event({3, generation_event::image_stored{sample_image(0, 3), nullptr}}));
  call.watcher->event(sample_end({make_blob("one")}, 4));
  const auto events = parse_events(client.read().body);
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(decode_base64(json::parse(events[0].data)["b64_json"].get<std::string>()).value() == "one");
}

BOOST_AUTO_TEST_CASE(a_refusal_by_moderation_keeps_its_status) {
  auto client = connect();
  client.send(streamed);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  BOOST_TEST(!call.watcher->event(sample_failure(failure::blocked_input, generation_state::blocked)));
  const auto got = client.read();
  BOOST_TEST(got.status == 400);
  BOOST_TEST(json::parse(got.body)["error"]["code"] == "moderation_blocked");
}

BOOST_AUTO_TEST_CASE(a_failure_in_the_stream_is_an_error_event_with_an_error_object) {
  auto client = connect();
  client.send(streamed);
  auto call = front.creates.take();
  call.watcher->accepted(sample_view(), false);
  call.watcher->event(change_to(generation_state::dispatched, 1));
  call.watcher->event(sample_failure(failure::upstream_timeout));
  const auto got = client.read();
  BOOST_TEST(got.status == 200);
  const auto events = parse_events(got.body);
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].name == "error");
  const auto data = json::parse(events[0].data);
  BOOST_TEST(data["type"] == "error");
  BOOST_TEST(data["error"]["code"] == "upstream_timeout");
  BOOST_TEST(data["error"]["message"].get<std::string>().find(got.header("x-request-id")) != std::string::npos);
  BOOST_TEST(front.answers.empty());
}

BOOST_AUTO_TEST_CASE(a_watcher_that_dies_in_the_stream_ends_it_with_an_error) {
  auto client = connect();
  client.send(streamed);
  {
    auto call = front.creates.take();
    call.watcher->accepted(sample_view(generation_state::queued), true);
  }
  const auto events = parse_events(client.read().body);
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(json::parse(events[0].data)["error"]["code"] == "request_in_progress");
}

BOOST_AUTO_TEST_CASE(native_events_carry_their_sequence_and_resume_after_the_last) {
  auto client = connect();
  const std::string target = "/v1/generations/" + to_string(sample_id()) + "/events";
  client.send(request_text("GET", target, std::string(bearer) + "Last-Event-ID: 41\r\n"));
  auto call = front.watches.take();
  BOOST_TEST((call.what == sample_id()));
  BOOST_TEST(call.how.after_sequence == 41u);
  BOOST_TEST(!call.how.wants_images);
  BOOST_TEST(call.watcher->accepted(sample_view(), false));
  call.watcher->event(change_to(generation_state::queued, 42));
  call.watcher->event({43, generation_event::partial{0, 1, make_blob("preview")}});
  call.watcher->event({44, generation_event::image_stored{sample_image(0, 3), nullptr}});
  auto end = sample_end({make_blob("one")}, 45);
  std::get<generation_event::ended>(end.what).images.clear();
  BOOST_TEST(!call.watcher->event(end));

  const auto events = parse_events(client.read().body);
  BOOST_REQUIRE(events.size() == 5u);
  const std::vector<std::pair<std::string, std::string>> expected_events = {
    {"", "state"}, {"42", "state"}, {"43", "partial"}, {"44", "image"}, {"45", "ended"}};
  for (std::size_t i = 0; i < events.size(); ++i) {
    BOOST_TEST(events[i].id == expected_events[i].first);
    BOOST_TEST(events[i].name == expected_events[i].second);
  }
  BOOST_TEST(json::parse(events[1].data)["queue_position"] == 3);
  BOOST_TEST(json::parse(events[1].data)["estimated_wait_seconds"] == 3);
  BOOST_TEST(json::parse(events[2].data)["partial_index"] == 1);
  BOOST_TEST(decode_base64(json::parse(events[2].data)["b64_json"].get<std::string>()).value() == "preview");
  BOOST_TEST(json::parse(events[3].data)["url"] == "/v1/generations/" + to_string(sample_id()) + "/images/0");
  BOOST_TEST(json::parse(events[4].data)["state"] == "completed");
}

BOOST_AUTO_TEST_CASE(the_head_of_a_stream_is_asked_for_without_the_stream) {
  auto client = connect();
  client.send(request_text("HEAD", "/v1/generations/" + to_string(sample_id()) + "/events", bearer));
  auto call = front.watches.take();
  BOOST_TEST(!call.watcher->accepted(sample_view(), false));
  const auto got = client.read(true);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("content-type") == "text/event-stream");
  BOOST_TEST(got.header("cache-control") == "private, no-store, no-transform");
}

BOOST_AUTO_TEST_CASE(a_reader_who_falls_behind_is_told_and_cut_off) {
  server::api_settings api;
  api.stream_backlog = 4;
  server_fixture slow(api);
  auto client = slow.connect(4096);
  client.send(request_text("GET", "/v1/generations/" + to_string(sample_id()) + "/events", bearer));
  auto call = slow.front.watches.take();
  BOOST_REQUIRE(call.watcher->accepted(sample_view(generation_state::dispatched), false));
  const auto preview = sample_bytes(1u << 20);
  // Nothing is read, so at some point the sockets are full and the backlog fills up.
  std::uint64_t pushed = 0;
  while (pushed < 100'000 && call.watcher->event({pushed + 1, generation_event::partial{0, 0, preview}}))
    ++pushed;
  BOOST_TEST(pushed < 100'000u);
  BOOST_TEST(!call.watcher->event({pushed + 2, generation_event::partial{0, 0, preview}}));

  const auto events = parse_events(client.read().body);
  BOOST_REQUIRE(events.size() >= 2u);
  BOOST_TEST(events.back().name == "error");
  BOOST_TEST(json::parse(events.back().data)["code"] == "stream_too_slow");
  for (std::size_t i = 1; i + 1 < events.size(); ++i) // every event before it arrived whole
    BOOST_TEST((decode_base64(json::parse(events[i].data)["b64_json"].get<std::string>()) == *preview));
}

BOOST_AUTO_TEST_CASE(silence_is_filled_with_comment_lines) {
  server::api_settings api;
  api.heartbeat = std::chrono::milliseconds(5);
  server_fixture quick(api);
  auto client = quick.connect();
  client.send(streamed);
  auto call = quick.front.creates.take();
  call.watcher->accepted(sample_view(generation_state::queued), false);
  client.read_head();
  BOOST_TEST(client.read_chunk() == ": ping\n\n");
  BOOST_TEST(client.read_chunk() == ": ping\n\n");
  call.watcher->event(sample_end({make_blob("one")}));
  std::string text;
  for (std::string chunk = client.read_chunk(); !chunk.empty(); chunk = client.read_chunk())
    text += chunk;
  BOOST_TEST(parse_events(text).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_whose_client_is_gone_wants_no_more_events) {
  server::api_settings api;
  api.heartbeat = std::chrono::milliseconds(5);
  server_fixture quick(api);
  auto client = quick.connect();
  client.send(request_text("GET", "/v1/generations/" + to_string(sample_id()) + "/events", bearer));
  auto call = quick.front.watches.take();
  call.watcher->accepted(sample_view(generation_state::queued), false);
  client.read_head();
  client.hang_up();
  BOOST_TEST(quick.log.take().route == "GET /v1/generations/{id}/events"); // a heartbeat found out
  BOOST_TEST(!call.watcher->event(change_to(generation_state::dispatched, 1)));
}

BOOST_AUTO_TEST_SUITE_END()
