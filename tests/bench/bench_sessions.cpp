// What an idle session costs in memory: COUNT people (default 1,000,000) each ask for their account once, and stay. The
// whole tree of actors over the store in memory, in virtual time, so that nobody becomes idle enough to be ended; one
// JSON line. What is counted is what resident memory grew by, so everything that a session brings with it is in it: the
// actor, its place in router and directory, its alarm, and the share of the cache of callers.
#include "tests/support/virtual_house.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

namespace {

using namespace easel;

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stol(line.substr(6));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::size_t count = 1'000'000;
  if (argc > 2 || (argc == 2 && std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), count).ec != std::errc())) {
    std::cerr << "usage: bench_sessions [COUNT]\n";
    return 2;
  }
  testing::virtual_world world;
  auto settings = testing::calm_settings();
  settings.max_sessions = static_cast<int>(count) + 1;
  std::vector<testing::person> people;
  people.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    people.push_back(world.newcomer(tier::free));
  testing::virtual_house house(world, settings);
  house.run();

  const auto before = resident_kib();
  std::size_t answered = 0;
  for (const auto& one : people)
    answered += house.ask(one, actors::find_account{}) ? 1 : 0;
  const auto after = resident_kib();
  const int live = house.live("session");
  std::cout << nlohmann::json{{"asked", count},
                              {"answered", answered},
                              {"live", live},
                              {"kib_each", static_cast<double>(after - before) / static_cast<double>(count)}}
                 .dump()
            << '\n';
  return live == static_cast<int>(count) && answered == count ? 0 : 1;
}
