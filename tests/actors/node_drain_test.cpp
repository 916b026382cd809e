#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace node_drain {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using phase = actors::node_control::phase;

/// A node that an operator takes out of service for a while, and an actor that an operator has fail.
namespace {

struct fixture {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  person someone = world.newcomer(tier::free, 100);

  [[nodiscard]] phase at() const { return house.context().node->at.load(); }
  void drain(std::chrono::minutes span) {
    house.context().node->wish(span);
    house.run();
  }
  void resume() {
    house.context().node->wish(std::nullopt);
    house.run();
  }
  void drawing_takes(duration span) {
    world.upstreams->drawing = [span](const auto&) { return turn{span, {}}; };
  }
  generation_state state_of(generation_id id) {
    return world.store().find_generation(someone.account, id).value()->state;
  }
  /// Has one actor of this kind fail, as an operator would.
  void fail(std::string_view kind) {
    std::function<void()> one;
    house.config().live.for_each([&](const actors::vitals& v) {
      if (v.kind == kind)
        one = v.fail;
    });
    BOOST_REQUIRE_MESSAGE(one, kind);
    one();
    house.run();
  }
};

} // namespace

} // namespace node_drain

BOOST_FIXTURE_TEST_SUITE(node_drain, fixture)

BOOST_AUTO_TEST_CASE(a_drained_node_ends_what_it_has_takes_nothing_new_and_serves_again_when_resumed) {
  BOOST_TEST((at() == phase::serving));
  drawing_takes(5s);
  const auto begun = house.create(someone, "a boat");
  house.advance(500ms);
  drain(10min);
  BOOST_TEST((at() == phase::draining));
  BOOST_TEST(house.counts().draining.load());
  const auto late = house.create(someone, "too late");
  house.run();
  BOOST_REQUIRE(late->refused);
  BOOST_TEST((late->refused->reason == actors::refusal::why::overloaded));
  house.advance(10s);
  BOOST_REQUIRE(begun->final);
  BOOST_TEST((begun->final->row.state == generation_state::completed));
  BOOST_TEST((at() == phase::drained));
  BOOST_TEST(house.live("router") == 0);
  BOOST_TEST(house.live("generation") == 0);
  const auto later = house.create(someone, "much too late");
  house.run();
  BOOST_TEST(later->refused.has_value());
  resume();
  house.advance(5s);
  BOOST_TEST((at() == phase::serving));
  BOOST_TEST(!house.counts().draining.load());
  const auto again = house.create(someone, "another boat");
  house.advance(10s);
  BOOST_REQUIRE(again->final);
  BOOST_TEST((again->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(a_drain_undoes_itself_when_its_time_is_over) {
  drain(1min);
  house.advance(30s);
  BOOST_TEST((at() == phase::drained));
  house.advance(40s);
  BOOST_TEST((at() == phase::serving));
  BOOST_TEST((house.context().node->resumes_at.load() == actors::node_control::never));
  const auto again = house.create(someone, "a boat");
  house.advance(10s);
  BOOST_REQUIRE(again->final);
}

BOOST_AUTO_TEST_CASE(a_drain_is_called_off_while_work_goes_on_and_nothing_is_handed_over) {
  drawing_takes(20s);
  const auto begun = house.create(someone, "a slow boat");
  house.advance(1s);
  const auto life = house.life();
  drain(10min);
  resume();
  BOOST_TEST((at() == phase::serving));
  BOOST_TEST(house.life() == life);
  const auto other = house.create(someone, "another boat");
  house.advance(50s); // beyond the limit of the drain that was called off
  BOOST_TEST(house.life() == life);
  BOOST_REQUIRE(begun->final);
  BOOST_REQUIRE(other->final);
}

BOOST_AUTO_TEST_CASE(what_does_not_end_in_time_is_handed_over_to_another_node) {
  drawing_takes(2min);
  const auto begun = house.create(someone, "a very slow boat");
  house.advance(1s);
  drain(1h);
  house.advance(calm_settings().drain + 3s);
  BOOST_TEST((at() == phase::drained));
  drawing_takes(1s);
  virtual_house other(world, calm_settings());
  other.advance(1min);
  BOOST_TEST((state_of(*begun->id) == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_stopped_while_it_is_drained_ends) {
  drain(10min);
  house.advance(5s);
  BOOST_TEST((at() == phase::drained));
  house.shut_down();
  house.advance(5s);
  BOOST_TEST(house.finished());
  BOOST_TEST((at() == phase::ending));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_stopped_while_it_drains_ends_what_it_has_first) {
  drawing_takes(5s);
  const auto begun = house.create(someone, "a boat");
  house.advance(1s);
  drain(10min);
  house.shut_down();
  house.advance(10s);
  BOOST_REQUIRE(begun->final);
  BOOST_TEST((begun->final->row.state == generation_state::completed));
  BOOST_TEST(house.finished());
}

BOOST_AUTO_TEST_CASE(a_node_that_loses_a_part_while_it_drains_is_drained_and_comes_back) {
  drawing_takes(20s);
  const auto begun = house.create(someone, "a boat");
  house.advance(1s);
  drain(10min);
  fail("router");
  house.advance(5s);
  BOOST_TEST((at() == phase::drained));
  resume();
  house.advance(1min);
  BOOST_TEST((at() == phase::serving));
  BOOST_TEST((state_of(*begun->id) == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(whatever_actor_fails_nothing_is_lost) {
  for (const auto* kind : {"generation", "session", "provider connection", "router", "store", "node", "store worker"}) {
    drawing_takes(5s);
    const auto begun = house.create(someone, std::string("a boat, and the ") + kind + " fails");
    house.advance(1s);
    const auto failures = house.config().live.ended_so_far().failed;
    fail(kind);
    BOOST_TEST(house.config().live.ended_so_far().failed > failures, kind);
    house.advance(2min);
    BOOST_REQUIRE_MESSAGE(begun->id, kind);
    BOOST_TEST((state_of(*begun->id) == generation_state::completed), kind);
  }
  const auto graves = house.config().live.graveyard();
  BOOST_TEST(std::any_of(graves.begin(), graves.end(), [](const actors::ended_actor& one) {
    return one.failed && std::string_view(one.reason) == "a handler failed";
  }));
  const auto again = house.create(someone, "a last boat");
  house.advance(30s);
  BOOST_REQUIRE(again->final);
}

BOOST_AUTO_TEST_SUITE_END()
