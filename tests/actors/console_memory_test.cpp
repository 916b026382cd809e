#include "actors/console_board.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>

namespace console_memory {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using kind = policies::console_event_kind;

namespace {

struct fixture {
  virtual_world world;
  actors::house_settings settings = calm_settings();
  virtual_house house{world, settings};
  person free_person = world.newcomer(tier::free, 100);
  actors::console_board board{[] { return std::unique_ptr<persistence::console_store>(); }};

  void sample() { board.sample(house.context(), house.config().live, house.config().upstreams); }
  /// A second each.
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      house.advance(1s);
      sample();
    }
  }
  actors::console_moment at(instant when) { return board.moment(when).value(); }
  policies::type_figures figures(instant when, std::string_view type) {
    const auto moment = at(when);
    for (const auto& [name, those] : moment.types)
      if (name == type)
        return those;
    return {};
  }
  int count(kind what, std::string_view about = "") {
    const auto all = at(world.now()).events;
    return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& e) {
      return e.what == what && e.about.find(about) != std::string::npos;
    }));
  }
};

} // namespace

} // namespace console_memory

BOOST_FIXTURE_TEST_SUITE(console_memory, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_known_before_the_first_sample) {
  BOOST_TEST(!board.moment(world.now()));
  sample();
  BOOST_TEST(board.moment(world.now()).has_value());
  BOOST_TEST(!board.moment(world.now() - 1h));
}

BOOST_AUTO_TEST_CASE(the_tree_is_seen_as_it_was_then) {
  world.upstreams->drawing = [](const auto&) { return turn{10s, {}}; };
  pass(2);
  const auto before = world.now();
  for (int i = 0; i < 3; ++i)
    house.create(free_person, "a slow boat");
  pass(3);
  const auto during = world.now();
  pass(30);
  BOOST_TEST(figures(before, "generation").live == 0u);
  BOOST_TEST(figures(during, "generation").live == 3u);
  BOOST_TEST(figures(world.now(), "generation").live == 0u);
  BOOST_TEST(figures(during, "router").live == 1u);
  BOOST_TEST((at(during).at == during && at(during).step == 1s));
  const auto live = static_cast<std::size_t>(actors::series::live);
  BOOST_TEST(at(during).values[live] == 3);
  BOOST_TEST(at(before).values[live] == 0);
}

BOOST_AUTO_TEST_CASE(after_a_quarter_of_an_hour_minutes_are_left_with_the_series_of_the_same) {
  sample();
  const auto begun = world.now();
  for (int i = 0; i < 17 * 60; ++i) {
    world.passed += 1s; // the house stands still: it is the memory that is looked at
    sample();
  }
  const auto old = at(begun + 90s);
  BOOST_TEST((old.step == 60s));
  BOOST_TEST((old.at <= begun + 90s && old.at > begun));
  BOOST_TEST(figures(begun + 90s, "router").live == 1u);
  BOOST_TEST(old.values[static_cast<std::size_t>(actors::series::actors)] > 1);
  BOOST_TEST(!board.moment(begun));
}

BOOST_AUTO_TEST_CASE(those_that_last_are_told_of_when_they_start_and_generations_are_not) {
  sample();
  BOOST_TEST(count(kind::actor_started, "router #") == 1);
  house.create(free_person, "a boat");
  pass(2);
  BOOST_TEST(count(kind::actor_started, "generation") == 0);
  BOOST_TEST(count(kind::actor_started, "session") == 0);
  BOOST_TEST(count(kind::actor_failed) == 0);
}

BOOST_AUTO_TEST_CASE(an_actor_that_fails_and_the_one_in_its_place_are_told_of) {
  pass(1);
  BOOST_REQUIRE(house.kill("provider connection", [](std::size_t) { return std::size_t{0}; }));
  house.run();
  pass(5);
  BOOST_TEST(count(kind::actor_failed, "provider connection #") == 1);
  BOOST_TEST(count(kind::actor_restarted, "provider connection #") == 1);
  const auto all = at(world.now()).events;
  const auto failed = std::find_if(all.begin(), all.end(), [](const auto& e) { return e.what == kind::actor_failed; });
  BOOST_TEST(failed->detail == "killed");
  BOOST_TEST(failed->actor > 0u);
  pass(5);
  BOOST_TEST(count(kind::actor_failed) == 1); // once
}

BOOST_AUTO_TEST_CASE(a_breaker_is_told_of_when_it_opens_and_when_it_closes) {
  sample();
  world.upstreams->drawing = [](const auto&) {
    return turn{20ms, policies::upstream_failure{policies::failure_class::our_account, std::nullopt, "test"}};
  };
  house.create(free_person, "a boat");
  pass(1);
  BOOST_TEST(count(kind::breaker_opened, "sub2api/") == 1);
  BOOST_TEST(count(kind::breaker_closed) == 0);
  for (const auto& one : house.config().upstreams.all()) {
    one->reset_wanted = true;
    one->intervened();
  }
  pass(1);
  BOOST_TEST(count(kind::breaker_closed, "sub2api/") == 1);
}

BOOST_AUTO_TEST_CASE(a_pause_is_told_of_and_its_end) {
  sample();
  const auto one = house.config().upstreams.all().front();
  one->paused_until = (std::chrono::steady_clock::now() + 1h).time_since_epoch().count();
  pass(2);
  BOOST_TEST(count(kind::upstream_paused, one->settings.label) == 1);
  one->paused_until = actors::upstream_vitals::never;
  pass(2);
  BOOST_TEST(count(kind::upstream_resumed, one->settings.label) == 1);
}

BOOST_AUTO_TEST_CASE(this_node_is_told_of_when_it_holds_its_lease_and_when_it_is_over) {
  auto& counts = *house.context().counts;
  const auto lasts_until = [&](std::chrono::steady_clock::time_point until) {
    counts.lease_until = std::chrono::nanoseconds(until.time_since_epoch()).count();
    world.passed += 1s;
    sample();
  };
  lasts_until({});
  const int joined = count(kind::node_joined);
  lasts_until(std::chrono::steady_clock::now() + 1h);
  BOOST_TEST(count(kind::node_joined) == joined + 1);
  const int left = count(kind::node_left);
  lasts_until({});
  BOOST_TEST(count(kind::node_left) == left + 1);
  counts.taken_over += 3;
  sample();
  BOOST_TEST(count(kind::work_taken_over, "generation × 3") == 1);
}

BOOST_AUTO_TEST_CASE(each_drain_is_told_of_and_once) {
  auto& draining = house.context().counts->draining;
  for (int drains = 1; drains <= 2; ++drains) {
    draining = true;
    for (int i = 0; i < 2; ++i) {
      world.passed += 1s;
      sample();
    }
    BOOST_TEST(count(kind::node_draining) == drains);
    draining = false;
    world.passed += 1s;
    sample();
  }
}

BOOST_AUTO_TEST_CASE(an_actor_that_a_sample_missed_is_neither_failures_nor_another_start) {
  actors::console_sample one;
  const auto take = [&](std::uint64_t live, std::uint64_t failures) {
    world.passed += 1s;
    one.at = world.now();
    actors::kind_view sign_in;
    sign_in.kind = "sign-in";
    sign_in.live = live;
    sign_in.failures = failures;
    one.kinds = {sign_in};
    board.memory.take(one, house.config().live, *house.context().counts, std::chrono::steady_clock::now());
    return board.memory.find(world.now()).value();
  };
  take(6, 3);
  for (const auto& moment : {take(0, 0), take(6, 3)}) {
    BOOST_TEST(moment.types.at(0).second.failures == 0u);
    BOOST_TEST(std::count_if(moment.events.begin(), moment.events.end(),
                             [](const auto& e) { return e.what == kind::actor_started; })
               == 1);
  }
}

BOOST_AUTO_TEST_CASE(what_an_operator_does_is_noted_where_it_happened) {
  sample();
  board.memory.note({world.now() + 1s, kind::action_taken, "account.suspend", "done"});
  BOOST_TEST(count(kind::action_taken) == 0); // it is yet to come
  pass(2);
  BOOST_TEST(count(kind::action_taken, "account.suspend") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
