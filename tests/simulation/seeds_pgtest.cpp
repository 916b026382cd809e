#include "tests/simulation/postgres_of_seeds.hpp"
#include "tests/simulation/seeds.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace seeds_on_postgres {

using namespace easel::simulation;

namespace {

constexpr std::array reach{"asked to cancel",
                           "attached to a generation",
                           "callbacks",
                           "creates with a lost answer",
                           "deleted",
                           "killed: node",
                           "killed: router",
                           "killed: store worker",
                           "leases that could not be kept",
                           "nodes killed",
                           "nodes stopped",
                           "rows resumed",
                           "rows taken over",
                           "told: blocked blocked_input",
                           "told: cancelled cancelled",
                           "told: completed none",
                           "troubles of the store"};

} // namespace

} // namespace seeds_on_postgres

BOOST_FIXTURE_TEST_SUITE(seeds_on_postgres, postgres_of_seeds)

BOOST_AUTO_TEST_CASE(whatever_fails_every_promise_holds_in_the_tables) {
  const auto count = from_environment("EASEL_POSTGRES_SEEDS", 200);
  whatever_fails_every_promise_holds(count, std::span(reach).first(count >= 200 ? reach.size() : 0), maker());
}

BOOST_AUTO_TEST_CASE(one_seed_has_one_history_on_postgres) { one_seed_has_one_history(5, maker()); }

BOOST_AUTO_TEST_SUITE_END()
