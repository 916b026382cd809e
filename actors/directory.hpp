#pragma once

#include "actors/vitals.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace easel::actors {

/// An actor that has ended, as it was then. Of its messages types alone are left.
struct ended_actor {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  const char* kind = "";
  const char* state = "";
  const char* reason = ""; ///< of a closed set, a string literal
  bool failed = false;
  std::chrono::steady_clock::time_point born;
  std::chrono::steady_clock::time_point ended;
  std::uint64_t handled = 0;
  std::uint64_t unread = 0; ///< messages that it left
  std::uint64_t busy_ns = 0;
  uuid subject;                              ///< a generation's; zero for all others
  std::vector<message_ring::entry> messages; ///< newest first
};

/// What all actors of one type did so far, those that have ended included.
struct kind_totals {
  std::uint64_t live = 0;
  std::uint64_t waiting = 0; ///< messages in mailboxes
  std::uint64_t arrived = 0;
  std::uint64_t handled = 0;
  std::uint64_t busy_ns = 0;
  std::uint64_t failures = 0; ///< handlers that threw
  std::uint64_t ended_normally = 0;
  std::uint64_t ended_failed = 0;
};

/// Every live actor of one system. CAF 0.17 keeps no such list. Sharded, so that spawning threads rarely meet.
class directory {
public:
  void enter(std::shared_ptr<vitals> actor);
  /// `reason` is a string literal.
  void leave(const vitals& actor, bool failed, const char* reason);
  void for_each(const std::function<void(const vitals&)>& visit) const;
  /// Null when it has ended.
  [[nodiscard]] std::shared_ptr<const vitals> find(std::uint64_t id) const;

  struct ended {
    std::uint64_t normally = 0;
    std::uint64_t failed = 0;
  };
  [[nodiscard]] ended ended_so_far() const { return {normal_ends_.load(), failed_ends_.load()}; }

  /// The latest ends, newest first: at most `most_graves` of those that failed and as many of the others, so that a
  /// busy day does not wash the failures away.
  [[nodiscard]] std::vector<ended_actor> graveyard() const;
  static constexpr std::size_t most_graves = 256;

  /// By type, over all that ever lived.
  [[nodiscard]] std::map<std::string_view, kind_totals> totals() const;

private:
  struct shard {
    mutable std::mutex guard;
    std::unordered_map<std::uint64_t, std::shared_ptr<vitals>> live;
  };
  [[nodiscard]] shard& shard_of(std::uint64_t id) { return shards_[id % shards_.size()]; }
  [[nodiscard]] const shard& shard_of(std::uint64_t id) const { return shards_[id % shards_.size()]; }
  void bury(const vitals& actor, bool failed, const char* reason);

  std::array<shard, 16> shards_;
  std::atomic<std::uint64_t> normal_ends_{0};
  std::atomic<std::uint64_t> failed_ends_{0};

  mutable std::mutex graves_guard_;
  std::array<std::deque<ended_actor>, 2> graves_; ///< that ended normally, and that failed
  std::map<std::string_view, kind_totals> past_;
};

} // namespace easel::actors
