#include "tests/simulation/seeds.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

BOOST_AUTO_TEST_SUITE(seeds)

using namespace easel::simulation;
using easel::testing::in_memory;

namespace {

constexpr std::array reach{"attached to a generation",
                           "callbacks",
                           "callers dropped",
                           "creates with a lost answer",
                           "deleted",
                           "asked to cancel",
                           "killed: generation",
                           "killed: node",
                           "killed: provider connection",
                           "killed: router",
                           "killed: session",
                           "killed: store",
                           "killed: store worker",
                           "leases that could not be kept",
                           "nodes killed",
                           "nodes stopped",
                           "retries as of an SDK",
                           "rows resumed",
                           "rows taken over",
                           "told: blocked blocked_input",
                           "told: cancelled cancelled",
                           "told: completed none",
                           "told: failed account_closed",
                           "told: failed blocked_output",
                           "told: failed outcome_unknown",
                           "told: failed restarts_exhausted",
                           "troubles of the store",
                           "waits that ran out"};

} // namespace

BOOST_AUTO_TEST_CASE(whatever_fails_every_promise_holds_in_memory) {
  const auto count = from_environment("EASEL_SEEDS", 2000);
  whatever_fails_every_promise_holds(count, std::span(reach).first(count >= 1000 ? reach.size() : 0), in_memory);
}

BOOST_AUTO_TEST_CASE(one_seed_has_one_history_in_memory) { one_seed_has_one_history(20, in_memory); }

BOOST_AUTO_TEST_SUITE_END()
