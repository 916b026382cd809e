#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace lease {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;

namespace {

struct fixture {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  person someone = world.newcomer(tier::free);
  person payer = world.newcomer(tier::paid, 100);

  void lose_heartbeats() {
    world.faults = [](auto operation, bool) -> std::optional<persistence::store_error> {
      if (operation != "heartbeat")
        return std::nullopt;
      return persistence::store_error{persistence::store_error::kind::unavailable, std::string(operation), "08006"};
    };
  }
};

} // namespace

} // namespace lease

BOOST_FIXTURE_TEST_SUITE(lease, fixture)

BOOST_AUTO_TEST_CASE(a_prompt_goes_to_moderation_only_while_the_lease_is_sure) {
  lose_heartbeats();
  house.advance(calm_settings().dead_after);
  auto answer = house.create(someone, "a boat");
  house.advance(1min);
  BOOST_TEST(world.upstreams->moderated.empty());
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::failed));
  BOOST_TEST((answer->final->row.reason == failure::moderation_unavailable));
}

BOOST_AUTO_TEST_CASE(a_prompt_goes_to_no_provider_while_the_lease_is_in_doubt) {
  world.upstreams->moderation = [](const auto&) { return turn{6s, {}}; };
  auto free = house.create(someone, "a boat");
  auto paid = house.create(payer, "a castle");
  house.advance(100ms);
  lose_heartbeats();
  house.advance(1min);
  BOOST_TEST(world.upstreams->moderated.size() == 2u);
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(world.upstreams->created.empty());
  for (const auto& answer : {free, paid}) {
    BOOST_REQUIRE(answer->final);
    BOOST_TEST((answer->final->row.state == generation_state::failed));
  }
}

BOOST_AUTO_TEST_CASE(with_the_next_heartbeat_it_goes_on) {
  lose_heartbeats();
  house.advance(calm_settings().dead_after);
  world.faults = nullptr;
  house.advance(calm_settings().heartbeat);
  auto answer = house.create(someone, "a boat");
  house.advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_SUITE_END()
