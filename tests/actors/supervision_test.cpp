#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace supervision {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;

namespace {

struct fixture {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  person someone = world.newcomer(tier::free);
  person payer = world.newcomer(tier::paid, 100);

  generation_state state_of(const person& p, generation_id id) {
    return world.store().find_generation(p.account, id).value()->state;
  }

  /// kie.ai tells one node that its first task has ended.
  void call_back(virtual_house& at) {
    const auto& [task, url] = *world.upstreams->callback_of.begin();
    at.provider_called(url.substr(url.rfind('/') + 1), task);
  }
};

turn losing_the_answer(duration after) {
  return {after, policies::upstream_failure{policies::failure_class::ambiguous, std::nullopt, "test"}};
}

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace supervision

BOOST_FIXTURE_TEST_SUITE(supervision, fixture)

BOOST_AUTO_TEST_CASE(a_killed_generation_goes_on_from_its_row_and_its_caller_gets_the_image) {
  world.upstreams->drawing = [](const auto&) { return turn{2s, {}}; };
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  BOOST_REQUIRE(house.kill("generation", first));
  house.advance(30s);
  BOOST_TEST(answer->ends == 1);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(answer->images.size() == 1u);
  BOOST_TEST(world.store().find_balance(someone.account).value().available.value() == 8);
}

BOOST_AUTO_TEST_CASE(a_generation_that_dies_with_its_task_running_asks_for_that_task_again) {
  auto answer = house.create(payer, "a castle");
  house.advance(1s);
  BOOST_REQUIRE(house.kill("generation", first));
  house.advance(30s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_generation_that_dies_again_and_again_fails_and_is_released) {
  world.upstreams->drawing = [](const auto&) { return turn{1h, {}}; };
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  for (int i = 0; i < 4; ++i) {
    house.kill("generation", first);
    house.advance(5s);
  }
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.reason == failure::restarts_exhausted));
  BOOST_TEST(world.store().find_balance(someone.account).value().available.value() == 10);
}

BOOST_AUTO_TEST_CASE(what_was_cancelled_is_not_kept_even_when_restarts_run_out) {
  int calls = 0;
  world.upstreams->drawing = [&](const auto&) { return turn{++calls == 1 ? duration(100ms) : duration(1h), {}}; };
  auto answer = house.create(someone, "two boats", 2);
  house.advance(500ms); // one is stored, the other is on its way
  BOOST_REQUIRE(house.ask(someone, actors::cancel_generation{*answer->id}));
  for (int i = 0; i < 4; ++i) {
    house.kill("generation", first);
    house.advance(5s);
  }
  BOOST_REQUIRE(answer->final);
  BOOST_TEST(answer->images.empty());
  BOOST_TEST(world.store().find_generation(someone.account, *answer->id).value()->images.empty());
  BOOST_TEST(world.store().find_balance(someone.account).value().available.value() == 8);
}

BOOST_AUTO_TEST_CASE(a_killed_session_answers_whoever_waited_and_the_work_goes_on) {
  world.upstreams->drawing = [](const auto&) { return turn{2s, {}}; };
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  BOOST_REQUIRE(house.kill("session", first));
  house.advance(5s);
  BOOST_TEST(answer->dropped); // its destructor answered
  BOOST_TEST((state_of(someone, *answer->id) == generation_state::completed));
  auto again = house.watch(someone, *answer->id);
  house.advance(1s);
  BOOST_TEST(again->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_connection_is_replaced_and_serves_again) {
  BOOST_REQUIRE(house.kill("provider connection", [](auto n) { return n - 1; }));
  house.advance(3s);
  BOOST_TEST(house.live("provider connection") == 5);
  for (int i = 0; i < 20; ++i) {
    auto answer = house.create(payer, "castle " + std::to_string(i));
    house.advance(10s);
    BOOST_REQUIRE(answer->final);
    BOOST_TEST((answer->final->row.state == generation_state::completed));
  }
}

BOOST_AUTO_TEST_CASE(a_killed_router_comes_back_under_a_new_lease_and_finishes_what_it_had) {
  world.upstreams->drawing = [](const auto&) { return turn{3s, {}}; };
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  BOOST_REQUIRE(house.kill("router", first));
  house.advance(1min);
  BOOST_TEST((state_of(someone, *answer->id) == generation_state::completed));
  auto again = house.create(someone, "another boat");
  house.advance(10s);
  BOOST_REQUIRE(again->final);
}

BOOST_AUTO_TEST_CASE(children_do_not_outlive_their_router) {
  house.create(someone, "a boat");
  house.create(payer, "a castle");
  house.advance(500ms);
  BOOST_TEST(house.live("session") == 2);
  house.kill("router", first);
  house.run();
  BOOST_TEST(house.live("session") == 0);
  BOOST_TEST(house.live("generation") == 0);
  BOOST_TEST(house.live("provider connection") == 0);
}

BOOST_AUTO_TEST_CASE(a_house_that_loses_a_part_while_it_drains_stops_draining_and_says_so_to_whoever_knocks) {
  world.upstreams->drawing = [](const auto&) { return turn{8s, {}}; };
  for (const auto* kind : {"router", "store", "node"}) {
    virtual_house other(world, calm_settings());
    auto answer = other.create(someone, "a boat");
    other.advance(500ms);
    other.shut_down();
    BOOST_REQUIRE(other.kill(kind, first));
    other.run();
    auto late = other.create(someone, "too late");
    other.run();
    BOOST_REQUIRE_MESSAGE(late->refused, kind);
    BOOST_TEST((late->refused->reason == refusal::why::overloaded), kind);
    other.advance(3s); // far from the drain's own limit
    BOOST_TEST(other.finished(), kind);
  }
}

BOOST_AUTO_TEST_CASE(nothing_lives_after_the_house_was_shut_down) {
  house.create(someone, "a boat");
  house.advance(1s);
  house.shut_down();
  house.advance(5s);
  BOOST_TEST(house.finished());
  house.close_access_log();
  for (const auto* kind : {"root", "access log", "revocation listener", "router", "node", "store", "store worker",
                           "session", "generation", "provider connection"})
    BOOST_TEST(house.live(kind) == 0, kind);
}

BOOST_AUTO_TEST_CASE(an_admission_whose_answer_was_lost_is_found_again_and_finished) {
  bool lost = false;
  world.faults = [&](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
    if (operation != "admit" || before || std::exchange(lost, true))
      return std::nullopt;
    return persistence::store_error{persistence::store_error::kind::unavailable, "admit", ""};
  };
  auto answer = house.create(someone, "a boat");
  house.advance(30s);
  BOOST_TEST(lost);
  BOOST_REQUIRE(answer->refused);
  BOOST_TEST((answer->refused->reason == refusal::why::store_unavailable));
  const auto rows = world.store().list_generations(someone.account, std::nullopt, 10).value().rows;
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST((rows[0].state == generation_state::completed));
  BOOST_TEST(house.counts().live.load() == 0);
}

BOOST_AUTO_TEST_CASE(a_house_that_falls_twice_within_a_minute_starts_once_each_time) {
  for (int i = 0; i < 2; ++i) {
    BOOST_REQUIRE(house.kill("router", first));
    house.advance(15s);
  }
  for (const auto* kind : {"router", "node", "store"})
    BOOST_TEST(house.live(kind) == 1, kind);
}

BOOST_AUTO_TEST_CASE(a_killed_store_worker_is_replaced) {
  BOOST_REQUIRE(house.kill("store worker", first));
  house.advance(1s);
  auto answer = house.create(someone, "a boat");
  house.advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(a_second_node_takes_over_what_a_dead_one_left) {
  world.upstreams->drawing = [](const auto&) { return turn{3s, {}}; };
  record_ptr answer;
  {
    virtual_house dying{world, calm_settings()};
    answer = dying.create(someone, "a boat");
    dying.advance(500ms);
    BOOST_REQUIRE(answer->id);
  }
  house.advance(20s);
  BOOST_TEST((state_of(someone, *answer->id) == generation_state::completed));
  BOOST_TEST(world.store().find_balance(someone.account).value().available.value() == 8);
  BOOST_TEST(house.counts().taken_over.load() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wait_on_one_node_sees_the_end_on_another) {
  world.upstreams->drawing = [](const auto&) { return turn{3s, {}}; };
  virtual_house other{world, calm_settings()};
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  auto elsewhere = other.watch(someone, *answer->id);
  other.run();
  BOOST_TEST(elsewhere->accepted == 1);
  house.advance(5s);
  other.advance(3s);
  BOOST_TEST(elsewhere->ends == 1);
  BOOST_TEST(elsewhere->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_callback_to_another_node_saves_a_create_whose_answer_was_lost) {
  world.upstreams->creating = [](const auto&) { return losing_the_answer(20ms); };
  virtual_house other{world, calm_settings()};
  auto answer = house.create(payer, "a castle");
  house.advance(500ms);
  BOOST_REQUIRE(world.upstreams->callback_of.size() == 1u);
  call_back(other);
  other.run();
  house.advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_callback_that_overtakes_the_lost_answer_of_its_create_is_kept) {
  world.upstreams->creating = [](const auto&) { return losing_the_answer(3s); };
  auto answer = house.create(payer, "a castle");
  house.advance(500ms);
  BOOST_REQUIRE(world.upstreams->callback_of.size() == 1u);
  call_back(house);
  house.advance(15s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_flood_of_callbacks_is_no_flood_of_look_ups) {
  house.run();
  int looked_up = 0;
  world.faults = [&](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
    looked_up += before && operation == "keep_hint";
    return std::nullopt;
  };
  for (int i = 0; i < 200; ++i)
    house.provider_called(std::string(64, 'a'), "task" + std::to_string(i));
  house.run();
  BOOST_TEST(looked_up > 0);
  BOOST_TEST(looked_up < 200);
  const int so_far = looked_up;
  house.provider_called(std::string(64, 'a'), "another");
  house.run();
  BOOST_TEST(looked_up == so_far + 1); // there is room again
}

BOOST_AUTO_TEST_CASE(shutting_down_refuses_new_work_and_finishes_what_it_can) {
  world.upstreams->drawing = [](const auto&) { return turn{3s, {}}; };
  auto answer = house.create(someone, "a boat");
  house.advance(500ms);
  house.shut_down();
  auto late = house.create(someone, "too late");
  house.run();
  BOOST_REQUIRE(late->refused);
  BOOST_TEST((late->refused->reason == refusal::why::overloaded));
  house.advance(5s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(house.finished());
}

BOOST_AUTO_TEST_CASE(what_is_not_done_within_the_drain_is_left_to_others_at_once) {
  world.upstreams->drawing = [](const auto&) { return turn{5min, {}}; };
  auto answer = house.create(someone, "a slow boat");
  house.advance(500ms);
  house.shut_down();
  house.advance(40s);
  BOOST_TEST(house.finished());
  world.upstreams->drawing = [](const auto&) { return turn{1s, {}}; };
  virtual_house next{world, calm_settings()};
  next.advance(10s);
  BOOST_TEST((state_of(someone, *answer->id) == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(sessions_without_work_leave_memory_and_come_back) {
  house.create(someone, "a boat");
  house.advance(1s);
  BOOST_TEST(house.live("session") == 1);
  house.advance(5min);
  BOOST_TEST(house.live("session") == 0);
  auto again = house.create(someone, "another boat");
  house.advance(1s);
  BOOST_REQUIRE(again->final);
}

BOOST_AUTO_TEST_SUITE_END()
