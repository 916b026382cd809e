#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace easel::load {

/// Counts answers and failures. One thread.
class tally {
public:
  using clock = std::chrono::steady_clock;

  void answered(int status, clock::duration took, std::uint64_t bytes);
  void failed(const std::string& reason) { ++failures_[reason]; }

  /// `seconds` from the first request to the last answer. Latencies are those of answers with status 2xx.
  [[nodiscard]] nlohmann::ordered_json report(double seconds) const;

private:
  std::vector<clock::duration> latencies_;
  std::map<int, std::uint64_t> statuses_;
  std::map<std::string, std::uint64_t> failures_;
  std::uint64_t bytes_ = 0;
};

} // namespace easel::load
