#pragma once

#include "tools/simulator/http_message.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace easel::simulator {

/// Now, as the simulator's documents write it.
[[nodiscard]] std::int64_t unix_ms();

class journal;

/// One request under way. Its end is the end of its answer.
class call {
public:
  call(journal& owner, route r) : owner_(owner), route_(r) {}
  ~call();
  call(const call&) = delete;
  call& operator=(const call&) = delete;

  void sent(std::size_t bytes);
  void client_gone();

private:
  journal& owner_;
  route route_;
};

/// What the simulator received and what it did about it. The last 10,000 calls (and at most 256 MiB of them) are
/// remembered; counters never forget. Any thread.
class journal {
public:
  /// `body` is the parsed request, or null; `prompt` is the text in it.
  [[nodiscard]] std::shared_ptr<call> begin(route, const http_request&, std::string prompt, json body);
  void fault_given(route, fault_kind);
  void note(route, std::string_view what); ///< counts a named event beside the faults

  [[nodiscard]] json counters() const;
  [[nodiscard]] std::uint64_t total_calls() const;
  [[nodiscard]] json received(std::optional<route>, std::size_t limit) const; ///< newest first
  /// Calls that are remembered, of this route and with exactly this prompt.
  [[nodiscard]] json count(std::optional<route>, const std::optional<std::string>& prompt) const;
  void clear();

private:
  friend class call;

  struct tally {
    std::uint64_t calls = 0, bytes = 0, client_gone = 0, faults = 0;
    std::int64_t in_flight = 0, peak_in_flight = 0;
    std::map<std::string, std::uint64_t, std::less<>> events;
  };

  struct entry {
    std::uint64_t number = 0;
    route where = route::other;
    std::int64_t at_ms = 0; ///< unix time
    std::string method, path, prompt, header_names;
    json body;
    std::size_t weight = 0;
  };

  void forget_oldest();

  mutable std::mutex mutex_;
  std::array<tally, route_count> tallies_;
  std::deque<entry> entries_;
  std::size_t weight_ = 0;
  std::uint64_t next_ = 1;
  bool complete_ = true; ///< nothing was forgotten since the last clear
};

} // namespace easel::simulator
