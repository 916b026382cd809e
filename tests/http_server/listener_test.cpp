#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

BOOST_AUTO_TEST_SUITE(listening)

using namespace easel;
using namespace easel::tests;

BOOST_AUTO_TEST_CASE(two_listeners_live_side_by_side_on_ports_of_their_own) {
  server_fixture one, two;
  BOOST_TEST(one.listener->port() != two.listener->port());
  BOOST_TEST(one.exchange(request_text("GET", "/healthz")).status == 200);
  BOOST_TEST(two.exchange(request_text("GET", "/healthz")).status == 200);
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_bound_is_named) {
  server_fixture holder;
  server::listener_settings net;
  net.address = "192.0.2.1"; // documentation range: no interface has it
  net.port = 0;
  auto refused = server::listener::open(net, server::route_table({}), {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().find("192.0.2.1:0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(draining_lets_what_is_in_flight_finish_and_closes_its_connection) {
  server_fixture server;
  auto client = server.connect();
  client.send(request_text("GET", "/v1/account", bearer));
  auto question = server.front.questions.take();
  server.listener->stop_accepting();
  BOOST_TEST(!server.listener->drain(duration(0))); // one is in flight
  std::thread answering([&] { question.reply(actors::query_answer(actors::account_answer{})); });
  BOOST_TEST(server.listener->drain(std::chrono::seconds(60)));
  answering.join();
  const auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("connection") == "close");
  BOOST_TEST(client.at_end());
}

BOOST_AUTO_TEST_CASE(exchanges_that_outlive_their_listener_are_inert) {
  fake_front_door::asked question;
  fake_front_door::created call, stream;
  {
    server_fixture server;
    auto one = server.connect(), two = server.connect(), three = server.connect();
    one.send(request_text("GET", "/v1/account", bearer));
    question = server.front.questions.take();
    two.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
    call = server.front.creates.take();
    three.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x","stream":true})"));
    stream = server.front.creates.take();
    stream.watcher->accepted(sample_view(generation_state::queued), false);
    three.read_head();
  }
  question.reply(actors::query_answer(actors::account_answer{}));
  call.watcher->accepted(sample_view(), false);
  call.watcher.reset();
  (void)stream.watcher->event({1, actors::generation_event::partial{0, 0, make_blob("late")}});
  stream.watcher.reset();
  BOOST_TEST(question.who.secret.reveal() == "esl_test");
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_limit_are_closed_and_the_others_go_on) {
  server::listener_settings net;
  net.max_connections = 2;
  server_fixture server({}, net);
  auto one = server.connect(), two = server.connect();
  for (auto* client : {&one, &two}) {
    client->send(request_text("GET", "/healthz"));
    BOOST_TEST(client->read().status == 200);
  }
  BOOST_TEST(server.listener->open_connections() == 2);
  auto three = server.connect();
  three.send_whatever_is_taken(request_text("GET", "/healthz"));
  BOOST_TEST(three.read().closed);
  one.send(request_text("GET", "/healthz"));
  BOOST_TEST(one.read().status == 200);
}

BOOST_AUTO_TEST_CASE(several_threads_serve_many_large_answers_at_once) {
  server::listener_settings net;
  net.threads = 3;
  server_fixture server({}, net);
  const auto bytes = sample_bytes(600'000);
  std::deque<raw_client> clients;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back(server.listener->port());
  for (auto& client : clients)
    client.send(request_text("POST", "/v1/images/generations", json_bearer, R"({"prompt":"x"})"));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    auto call = server.front.creates.take();
    call.watcher->accepted(sample_view(), false);
    call.watcher->event(sample_end({bytes}));
  }
  const auto first = clients.front().read().body;
  BOOST_TEST(first.size() > 800'000u);
  for (std::size_t i = 1; i < clients.size(); ++i)
    BOOST_TEST((clients[i].read().body == first));
  for (std::size_t i = 0; i < clients.size(); ++i)
    server.front.answers.take();
}

BOOST_AUTO_TEST_SUITE_END()
