#pragma once

#include "policies/vocabulary/expected.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace easel::persistence {

/// Lines of several threads in one write: whoever comes while nobody writes, writes for all who have come by then; the
/// others wait for that. So many at a time cost one wait for the disk, or two, and one alone costs no more than by
/// itself. No lock is held during the write. Any thread.
class group_append {
public:
  /// Makes the text durable, or says in a sentence why it is not. Never called by two threads at a time.
  using writer = std::function<expected<void, std::string>(const std::string& lines)>;
  explicit group_append(writer how) : write_(std::move(how)) {}

  /// Returns what the write with this line did.
  [[nodiscard]] expected<void, std::string> add(std::string line);

  /// Lines that no write has begun with.
  [[nodiscard]] std::size_t waiting() const;

private:
  struct ticket {
    std::string line;
    bool is_done = false;
    expected<void, std::string> outcome;
  };
  void write_for_all(std::unique_lock<std::mutex>& lock);

  const writer write_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ticket*> waiting_; ///< on the stacks of the threads that wait
  bool is_writing_ = false;
};

} // namespace easel::persistence
