#include "persistence/group_append.hpp"

#include <exception>
#include <utility>

namespace easel::persistence {

expected<void, std::string> group_append::add(std::string line) {
  ticket mine{std::move(line), false, {}};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  changed_.wait(lock, [&] { return mine.is_done || !is_writing_; });
  if (!mine.is_done)
    write_for_all(lock);
  return std::move(mine.outcome);
}

void group_append::write_for_all(std::unique_lock<std::mutex>& lock) {
  const auto batch = std::exchange(waiting_, {});
  is_writing_ = true;
  lock.unlock();
  expected<void, std::string> outcome;
  try {
    std::string lines;
    for (const auto* each : batch)
      lines += each->line;
    outcome = write_(lines);
  } catch (const std::exception&) { // the others would wait for ever
    outcome = unexpected(std::string("cannot be written"));
  }
  lock.lock();
  is_writing_ = false;
  for (auto* each : batch) {
    each->outcome = outcome;
    each->is_done = true;
  }
  changed_.notify_all();
}

std::size_t group_append::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

} // namespace easel::persistence
