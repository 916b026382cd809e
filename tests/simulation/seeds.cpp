#include "tests/simulation/seeds.hpp"

#include "tests/simulation/town.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>

namespace easel::simulation {

namespace {

void print_trace(const history& log, std::uint64_t seed) {
  constexpr std::size_t most = 60;
  const auto& lines = log.lines();
  std::cerr << "the last of seed " << seed << " (EASEL_SEED=" << seed << " repeats it alone):\n";
  for (auto i = lines.size() > most && !std::getenv("EASEL_SEED") ? lines.size() - most : 0; i < lines.size(); ++i)
    std::cerr << "  " << lines[i] << '\n';
}

using counts = std::map<std::string, int>;

bool check_seed(std::uint64_t seed, counts& reached, const testing::make_virtual_database& make) {
  const auto log = live_through(seed, false, make);
  for (const auto& [what, count] : log.counts())
    reached[what] += count;
  if (log.violations().empty())
    return true;
  for (const auto& violation : log.violations())
    BOOST_ERROR("seed " << seed << ": " << violation);
  if (const auto quiet = std::getenv("EASEL_SEED_QUIET"); quiet == nullptr)
    print_trace(live_through(seed, true, make), seed);
  return false;
}

} // namespace

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

history live_through(std::uint64_t seed, bool keeps_lines, const testing::make_virtual_database& make) {
  town t(seed, keeps_lines, make);
  t.live();
  return t.log();
}

void whatever_fails_every_promise_holds(std::uint64_t count, std::span<const char* const> reach,
                                        const testing::make_virtual_database& make) {
  counts reached;
  if (const auto one = from_environment("EASEL_SEED", 0)) {
    check_seed(one, reached, make);
    return;
  }
  const auto most_failures = from_environment("EASEL_SEED_FAILURES", 3);
  std::uint64_t failed = 0;
  for (std::uint64_t seed = 1; seed <= count && failed < most_failures; ++seed)
    failed += check_seed(seed, reached, make) ? 0 : 1;
  for (const auto& [what, times] : reached)
    BOOST_TEST_MESSAGE(what << ": " << times);
  if (failed == 0)
    for (const auto* what : reach)
      BOOST_TEST(reached[what] > 0, "no seed reached: " << what);
}

void one_seed_has_one_history(std::uint64_t count, const testing::make_virtual_database& make) {
  for (std::uint64_t seed = 1; seed <= count; ++seed)
    BOOST_TEST(live_through(seed, false, make).digest() == live_through(seed, true, make).digest(), "seed " << seed);
}

} // namespace easel::simulation
