#include "actors/console_board.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

namespace console {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::series;

namespace {

class recorder final : public actors::console_watcher {
public:
  explicit recorder(int wanted) : wanted_(wanted) {}
  bool sampled(const actors::sample_ptr&) override { return ++seen < wanted_; }
  int seen = 0;

private:
  int wanted_;
};

struct fixture {
  virtual_world world;
  actors::house_settings settings = calm_settings();
  virtual_house house{world, settings};
  person free_person = world.newcomer(tier::free, 100);
  actors::console_board board{[] { return std::unique_ptr<persistence::console_store>(); }};

  actors::sample_ptr sample() {
    board.sample(house.context(), house.config().live, house.config().upstreams);
    return board.latest();
  }
  float value(series which) { return board.latest()->values[static_cast<std::size_t>(which)]; }
  std::shared_ptr<actors::upstream_vitals> upstream(recipient to) {
    for (const auto& one : house.config().upstreams.all())
      if (one->to == to)
        return one;
    return nullptr;
  }
  const actors::kind_view* kind(std::string_view name) {
    for (const auto& one : board.latest()->kinds)
      if (one.kind == name)
        return &one;
    return nullptr;
  }
  /// All credentials of one upstream: nothing of its tier may be drawn then.
  void pause(recipient to, duration span) {
    for (const auto& one : house.config().upstreams.all())
      if (one->to == to) {
        one->paused_until = (house.actor_clock() + span).time_since_epoch().count();
        one->intervened();
      }
    house.run();
  }
};

} // namespace

} // namespace console

BOOST_FIXTURE_TEST_SUITE(console, fixture)

BOOST_AUTO_TEST_CASE(a_generation_leaves_its_traces_in_the_sample) {
  sample();
  const auto before = world.upstreams->drawn.size();
  house.create(free_person, "a boat", 3);
  house.advance(1s);
  BOOST_TEST(world.upstreams->drawn.size() == before + 3);
  const auto now = sample();
  BOOST_TEST(value(series::completed) > 0);
  BOOST_TEST(value(series::images) > value(series::completed));
  BOOST_TEST(value(series::upstream_calls) > 0);
  BOOST_TEST(value(series::upstream_failures) == 0);
  BOOST_TEST(value(series::p95_free) > 0);
  BOOST_TEST(std::isnan(value(series::p95_paid)));
  int timed = 0;
  for (const auto& stage : now->stages)
    if (stage.of_tier == tier::free && stage.took.count > 0) {
      ++timed;
      BOOST_TEST(stage.took.p50.has_value());
    }
  BOOST_TEST(timed >= 4); // moderating, drawing, storing and the whole, at least
  BOOST_REQUIRE(kind("generation"));
  BOOST_TEST(kind("generation")->ended == 1u);
  BOOST_TEST(kind("generation")->live == 0u);
  BOOST_TEST(kind("generation")->handled > 0u);
}

BOOST_AUTO_TEST_CASE(a_generation_says_in_words_what_it_does) {
  world.upstreams->drawing = [](const auto&) { return turn{10s, {}}; };
  const auto answer = house.create(free_person, "a slow boat");
  house.advance(1s);
  actors::actor_question q;
  q.kind = "generation";
  const auto page = actors::find_actors(house.config().live, q, std::chrono::steady_clock::now());
  BOOST_REQUIRE(page.actors.size() == 1u);
  BOOST_TEST(page.actors[0].state == "being drawn");
  BOOST_TEST((page.actors[0].generation == answer->id));
  house.advance(20s);
  const auto graves = actors::graveyard_of(house.config().live, "generation", std::chrono::steady_clock::now());
  BOOST_REQUIRE(graves.size() == 1u);
  BOOST_TEST(graves[0].state == "ending");
  BOOST_TEST(graves[0].reason == "done");
}

BOOST_AUTO_TEST_CASE(a_paused_upstream_takes_no_call_and_resumes_by_itself) {
  pause(recipient::sub2api, 10s);
  const auto answer = house.create(free_person, "a boat");
  house.advance(9s);
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(!answer->final);
  BOOST_TEST(house.counts().queued[0].load() == 1);
  house.advance(3s);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(an_upstream_is_resumed_before_its_pause_is_over) {
  pause(recipient::sub2api, 1h);
  house.create(free_person, "a boat");
  house.advance(1s);
  BOOST_TEST(world.upstreams->drawn.empty());
  upstream(recipient::sub2api)->paused_until = actors::upstream_vitals::never;
  upstream(recipient::sub2api)->intervened();
  house.advance(1s);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_breaker_recovers_in_its_time_after_a_long_pause_was_ended) {
  pause(recipient::sub2api, 1h);
  pause(recipient::sub2api, 0s);
  world.upstreams->drawing = [](const auto&) {
    return turn{1s, policies::upstream_failure{policies::failure_class::our_account, std::nullopt, "test"}};
  };
  for (int i = 0; i < 4; ++i)
    house.create(free_person, "a boat");
  house.advance(3s);
  sample();
  BOOST_REQUIRE((upstream(recipient::sub2api)->breaker.load() == actors::upstream_vitals::health::open));
  world.upstreams->drawing = [](const auto&) { return turn{1s, {}}; };
  const auto before = world.upstreams->drawn.size();
  const auto answer = house.create(free_person, "another boat");
  house.advance(2min);
  BOOST_TEST(world.upstreams->drawn.size() > before);
  BOOST_REQUIRE(answer->final);
}

BOOST_AUTO_TEST_CASE(a_breaker_that_is_held_open_takes_no_call_and_then_recovers_by_itself) {
  for (const auto& one : house.config().upstreams.all())
    if (one->to == recipient::sub2api) {
      one->opened_until = (house.actor_clock() + 10s).time_since_epoch().count();
      one->intervened();
    }
  house.run();
  const auto answer = house.create(free_person, "a boat");
  house.advance(9s);
  BOOST_TEST(world.upstreams->drawn.empty());
  house.advance(5s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(without_weight_nothing_is_taken_until_it_has_one_again) {
  const auto weigh = [&](int weight) {
    for (const auto& one : house.config().upstreams.all())
      if (one->to == recipient::sub2api) {
        one->weight = weight;
        one->intervened();
      }
    house.run();
  };
  weigh(0);
  const auto answer = house.create(free_person, "a boat");
  house.advance(5s);
  BOOST_TEST(world.upstreams->drawn.empty());
  while (house.kill("provider connection", [](std::size_t) { return 0; }) && house.live("provider connection") > 0)
    house.run();
  house.advance(3s); // new connections heed it as well
  BOOST_TEST(world.upstreams->drawn.empty());
  weigh(2);
  house.advance(3s);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_REQUIRE(answer->final);
}

BOOST_AUTO_TEST_CASE(a_pause_outlives_the_connection_that_was_paused) {
  pause(recipient::sub2api, 1h);
  while (house.kill("provider connection", [](std::size_t) { return 0; }) && house.live("provider connection") > 0)
    house.run();
  house.advance(3s);
  house.create(free_person, "a boat");
  house.advance(3s);
  BOOST_TEST(world.upstreams->drawn.empty());
}

BOOST_AUTO_TEST_CASE(a_breaker_that_is_reset_takes_calls_at_once) {
  world.upstreams->drawing = [](const auto&) {
    return turn{20ms, policies::upstream_failure{policies::failure_class::our_account, std::nullopt, "test"}};
  };
  house.create(free_person, "a boat");
  house.advance(1s);
  sample();
  const auto sick = upstream(recipient::sub2api);
  BOOST_TEST((sick->breaker.load() == actors::upstream_vitals::health::open));
  BOOST_TEST(sick->failures[static_cast<std::size_t>(policies::failure_class::our_account)].load() == 1u);
  world.upstreams->drawing = [](const auto&) { return turn{}; };
  sick->reset_wanted = true;
  sick->intervened();
  house.run();
  BOOST_TEST((sick->breaker.load() == actors::upstream_vitals::health::closed));
  const auto answer = house.create(free_person, "another boat");
  house.advance(500ms);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(failed_actors_become_a_concern_and_stay_in_the_graveyard) {
  sample();
  BOOST_TEST(house.kill("sign-in", [](std::size_t) { return 0; }));
  house.run();
  const auto after = sample();
  const auto found = std::find_if(after->concerns.begin(), after->concerns.end(),
                                  [](const auto& c) { return c.what.find("sign-in") != std::string::npos; });
  BOOST_TEST((found != after->concerns.end()));
  const auto graves = actors::graveyard_of(house.config().live, "sign-in", std::chrono::steady_clock::now());
  BOOST_REQUIRE(graves.size() == 1u);
  BOOST_TEST(graves[0].reason == "killed");
}

BOOST_AUTO_TEST_CASE(watchers_are_bounded_and_leave_when_they_have_seen_enough) {
  std::vector<std::shared_ptr<recorder>> all;
  for (int i = 0; i < actors::most_watchers; ++i) {
    all.push_back(std::make_shared<recorder>(2));
    BOOST_TEST(board.watch(all.back()));
  }
  BOOST_TEST(!board.watch(std::make_shared<recorder>(2)));
  sample();
  sample();
  BOOST_TEST(board.watchers() == 0);
  sample();
  for (const auto& one : all)
    BOOST_TEST(one->seen == 2);
}

BOOST_AUTO_TEST_CASE(history_is_bounded_and_keeps_minutes_beyond_seconds) {
  for (std::size_t i = 0; i < actors::console_board::seconds_kept + 120; ++i)
    sample();
  BOOST_TEST(board.history(actors::history_span::minutes).size() == actors::console_board::seconds_kept);
  BOOST_TEST(board.history(actors::history_span::day).size() == (actors::console_board::seconds_kept + 120) / 60);
}

BOOST_AUTO_TEST_SUITE_END()
