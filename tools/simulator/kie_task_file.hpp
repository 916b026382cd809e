#pragma once

#include "tools/simulator/behaviour.hpp"

#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace easel::simulator {

/// What a task was made from.
struct kept_task {
  std::string id;
  std::int64_t created_ms = 0; ///< unix time
  json body;                   ///< of its createTask
};

/// The tasks of the job API in a file, a line each, so that they outlive the program as the true service's do. Any
/// thread.
class kie_task_file {
public:
  /// Without a name nothing is kept.
  explicit kie_task_file(std::string name) : name_(std::move(name)) {}

  /// What an earlier run kept, oldest first: the newest 1,000 of the last 24 hours before `now_ms`. The others leave
  /// the file. Throws std::runtime_error when it cannot be written. Once, before `keep`.
  [[nodiscard]] std::vector<kept_task> open(std::int64_t now_ms);
  void keep(const kept_task&);

private:
  std::mutex mutex_;
  std::string name_;
  std::ofstream out_;
};

} // namespace easel::simulator
