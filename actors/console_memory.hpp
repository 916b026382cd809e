#pragma once

#include "actors/console_door.hpp"
#include "actors/directory.hpp"
#include "policies/event_ring.hpp"
#include "policies/type_history.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace easel::actors {

struct gauges;

/// What the console remembers so that an operator can look back: the figures of each type of actor, and events. Events
/// are told from what changed between two samples, so that no actor tells the console anything. The console's actor
/// takes, any thread reads.
class console_memory {
public:
  using steady = std::chrono::steady_clock::time_point;

  /// After each sample.
  void take(const console_sample& sample, const directory& live, const gauges& counts, steady now);
  /// Something that no sample shows.
  void note(policies::console_event what);

  /// Types and events as of then, without the series. Nothing: it is too long ago.
  [[nodiscard]] std::optional<console_moment> find(instant wanted) const;

  static constexpr std::size_t most_in_one_sample = 32; ///< events; those beyond are counted
  static constexpr std::size_t most_told = 50;          ///< events, in one answer

private:
  struct ends {
    std::uint64_t started = 0;
    std::uint64_t failed = 0;
    std::uint64_t awaited = 0; ///< have failed, and nobody has come in their place yet
  };
  struct health {
    bool is_closed = true;
    bool paused = false;
  };
  using event_list = std::vector<policies::console_event>;

  void find_ends(event_list& out, const console_sample& sample, const directory& live);
  void find_starts(event_list& out, const console_sample& sample, const directory& live);
  void find_upstreams(event_list& out, const console_sample& sample);
  void find_node(event_list& out, const console_sample& sample, const gauges& counts, steady now);

  mutable std::mutex guard_;
  policies::type_history types_;
  policies::event_ring events_;

  // The sampler's own.
  std::map<std::string, std::uint64_t> failures_before_;
  std::map<std::string, ends> ends_before_;
  std::map<std::string, health> upstreams_before_;
  steady latest_grave_ = steady::min();
  std::uint64_t unnamed_ = 0; ///< failures of this sample that are no event
  bool holds_lease_ = false;
  bool drains_ = false;
  std::uint64_t taken_over_ = 0;
  std::uint64_t resumed_ = 0;
};

} // namespace easel::actors
