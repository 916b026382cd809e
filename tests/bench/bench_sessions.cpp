// What an idle session costs in memory: COUNT people (default 1,000,000) each ask for their account once, and stay. The
// whole tree of actors over the store in memory, in virtual time, so that nobody becomes idle enough to be ended; one
// JSON line. What is counted is what resident memory grew by, so everything that a session brings with it is in it: the
// actor, its place in router and directory, its alarm, and the share of the cache of callers.
#include "tests/bench/crowd.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>

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
  testing::crowd everybody(count);

  const auto before = resident_kib();
  const auto answered = everybody.arrive();
  const auto after = resident_kib();
  const int live = everybody.house.live("session");
  std::cout << nlohmann::json{{"asked", count},
                              {"answered", answered},
                              {"live", live},
                              {"kib_each", static_cast<double>(after - before) / static_cast<double>(count)}}
                 .dump()
            << '\n';
  return live == static_cast<int>(count) && answered == count ? 0 : 1;
}
