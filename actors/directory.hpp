#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace easel::actors {

/// What can be known of an actor from outside without asking it. Written by senders and by the actor, read by
/// anyone; no field is personal data.
struct vitals {
  std::uint64_t id = 0;
  std::uint64_t parent = 0; ///< 0: the root
  const char* kind = "";
  std::function<void()> kill; ///< ends the actor ahead of its mail, on behalf of an operator or a test; any thread
  std::chrono::steady_clock::time_point born;
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> busy_ns{0};
  std::atomic<std::uint64_t> failures{0};

  /// Messages waiting; a snapshot that may lag by one.
  [[nodiscard]] std::uint64_t depth() const {
    const auto done = handled.load(std::memory_order_relaxed);
    const auto in = arrived.load(std::memory_order_relaxed);
    return in > done ? in - done : 0;
  }
};

/// Every live actor of one system. CAF 0.17 keeps no such list. Sharded, so that spawning threads rarely meet.
class directory {
public:
  void enter(std::shared_ptr<vitals> actor);
  void leave(std::uint64_t id, bool failed);
  void for_each(const std::function<void(const vitals&)>& visit) const;

  struct ended {
    std::uint64_t normally = 0;
    std::uint64_t failed = 0;
  };
  [[nodiscard]] ended ended_so_far() const { return {normal_ends_.load(), failed_ends_.load()}; }

private:
  struct shard {
    mutable std::mutex guard;
    std::unordered_map<std::uint64_t, std::shared_ptr<vitals>> live;
  };
  [[nodiscard]] shard& shard_of(std::uint64_t id) { return shards_[id % shards_.size()]; }
  std::array<shard, 16> shards_;
  std::atomic<std::uint64_t> normal_ends_{0};
  std::atomic<std::uint64_t> failed_ends_{0};
};

} // namespace easel::actors
