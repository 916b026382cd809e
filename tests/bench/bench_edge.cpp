// What counting addresses and telling limits costs, beside the keyed hash that every request with a key pays anyway;
// one JSON line.
#include "http/server/rate_headers.hpp"
#include "persistence/keyring.hpp"
#include "policies/address_table.hpp"

#include <nlohmann/json.hpp>

#include <ctime>
#include <fstream>
#include <iostream>
#include <string>

namespace {

using namespace easel;

constexpr int rounds = 1'000'000;
constexpr moment start{std::chrono::hours(1)};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Nanoseconds of processor time for each call.
template <class Work>
double cost(Work work) {
  const double before = cpu_seconds();
  for (int i = 0; i < rounds; ++i)
    work(static_cast<std::uint64_t>(i));
  return (cpu_seconds() - before) * 1e9 / rounds;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stol(line.substr(6));
  return 0;
}

} // namespace

int main() {
  using policies::request_class;
  policies::address_table table(65'536, {{120, 60}, {3000, 600}}, 42);
  std::uint64_t refused = 0, forgotten = 0;
  const auto take = [&](std::uint64_t address) {
    const auto d = table.take({address, false}, request_class::reading, start);
    refused += d.wait ? 1 : 0;
    forgotten += d.forgot ? 1 : 0;
  };
  const auto few = cost([&](std::uint64_t i) { take(i % 1000); }); // also touches memory for the first time
  for (std::uint64_t i = 0; i < rounds; ++i)
    take(1u << 20 | i);
  const auto before = resident_kib();
  const auto distinct = cost([&](std::uint64_t i) { take(std::uint64_t{1} << 32 | i); });
  const auto after = resident_kib();

  volatile std::size_t sink = 0;
  const std::vector<policies::quota> quotas = {{"address", 3000, 599, std::chrono::milliseconds(20)},
                                               {"account", 1200, 299, std::chrono::milliseconds(50)},
                                               {"key", 600, 149, std::chrono::milliseconds(100)}};
  const auto headers = cost([&](std::uint64_t) { sink = server::rate_headers(quotas).size(); });

  const auto keys = persistence::keyring::from_master(secret_text(std::string(64, 'a')));
  const std::string key = "esl_" + std::string(40, 'x');
  const auto hash = cost([&](std::uint64_t) { sink = keys->keyed_hash(persistence::hash_purpose::api_key, key)[0]; });
  std::cout << nlohmann::json{{"table_bytes", table.bytes()},
                              {"take_of_1000_addresses_ns", few},
                              {"take_of_1000000_distinct_ns", distinct},
                              {"headers_of_three_limits_ns", headers},
                              {"keyed_hash_ns", hash},
                              {"resident_kib_before_distinct", before},
                              {"resident_kib_after_distinct", after},
                              {"forgotten", forgotten},
                              {"refused", refused}}
                 .dump()
            << '\n';
}
