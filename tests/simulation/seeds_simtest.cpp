#include "tests/simulation/town.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>

using namespace easel::simulation;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void print_trace(const history& log, std::uint64_t seed) {
  constexpr std::size_t most = 60;
  const auto& lines = log.lines();
  std::cerr << "the last of seed " << seed << " (EASEL_SEED=" << seed << " repeats it alone):\n";
  for (auto i = lines.size() > most && !std::getenv("EASEL_SEED") ? lines.size() - most : 0; i < lines.size(); ++i)
    std::cerr << "  " << lines[i] << '\n';
}

std::map<std::string, int> reached;

history live_through(std::uint64_t seed, bool keeps_lines) {
  town t(seed, keeps_lines);
  t.live();
  return t.log();
}

// Promises that were never put to the test prove nothing.
void check_reach() {
  for (const auto* what : {"attached to a generation",
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
                           "waits that ran out"})
    BOOST_TEST(reached[what] > 0, "no seed reached: " << what);
}

bool check_seed(std::uint64_t seed) {
  const auto log = live_through(seed, false);
  for (const auto& [what, count] : log.counts())
    reached[what] += count;
  if (log.violations().empty())
    return true;
  for (const auto& violation : log.violations())
    BOOST_ERROR("seed " << seed << ": " << violation);
  if (const auto quiet = std::getenv("EASEL_SEED_QUIET"); quiet == nullptr)
    print_trace(live_through(seed, true), seed);
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(seeds)

BOOST_AUTO_TEST_CASE(whatever_fails_every_promise_holds) {
  if (const auto one = from_environment("EASEL_SEED", 0)) {
    check_seed(one);
    return;
  }
  const auto count = from_environment("EASEL_SEEDS", 2000);
  const auto most_failures = from_environment("EASEL_SEED_FAILURES", 3);
  std::uint64_t failed = 0;
  for (std::uint64_t seed = 1; seed <= count && failed < most_failures; ++seed)
    failed += check_seed(seed) ? 0 : 1;
  for (const auto& [what, times] : reached)
    BOOST_TEST_MESSAGE(what << ": " << times);
  if (count >= 1000 && failed == 0)
    check_reach();
}

BOOST_AUTO_TEST_CASE(one_seed_has_one_history) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    BOOST_TEST(live_through(seed, false).digest() == live_through(seed, true).digest(), "seed " << seed);
}

BOOST_AUTO_TEST_SUITE_END()
