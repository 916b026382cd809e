#pragma once

#include "tools/simulator/picture_store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace easel::simulator {

/// One task of the job API. Everything but the two counters is fixed when it is created.
struct kie_task {
  std::string id, model, prompt, param, callback_url;
  picture_order order;
  std::optional<fault> wrong;  ///< refuse, status, hang, no_completion, bad_image
  std::int64_t created_ms = 0; ///< unix time
  std::chrono::steady_clock::time_point started;
  milliseconds takes{0};
  int no_record_polls = 0;
  int polls_until_done = 0; ///< 0: time decides
  std::int64_t cost = 0;
  mutable std::atomic<int> polls{0};
  mutable std::atomic<bool> told{false}; ///< the callback is on its way
};

using task_ptr = std::shared_ptr<const kie_task>;

enum class kie_stage : std::uint8_t { waiting, queuing, generating, success, fail };

[[nodiscard]] std::string_view to_string(kie_stage);

/// Where a task stands after `polls` polls.
[[nodiscard]] kie_stage stage_of(const kie_task&, int polls, std::chrono::steady_clock::time_point now);

/// The tasks of the simulated account (the last 100,000) and its balance. Any thread.
class kie_tasks {
public:
  kie_tasks();

  [[nodiscard]] std::string new_id();
  /// False when the balance does not cover the cost. A task that will fail costs nothing.
  [[nodiscard]] bool add(const std::shared_ptr<kie_task>&);
  [[nodiscard]] task_ptr find(const std::string& id) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::int64_t balance() const;
  void set_balance(std::int64_t credits);
  void clear();

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, task_ptr> by_id_;
  std::deque<std::string> in_order_;
  std::int64_t balance_ = 100'000;
  std::uint64_t salt_; ///< differs between runs, as ids of the true service never come twice
};

} // namespace easel::simulator
