#include "actors/access_queue.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace easel::actors {

bool access_queue::put(persistence::access_record line, const access_log_settings& limits) {
  caf::actor reader;
  std::size_t waiting = 0;
  {
    std::lock_guard lock(guard_);
    if (lines_.size() + in_hand_.size() >= static_cast<std::size_t>(limits.queue))
      return false;
    lines_.push_back(std::move(line));
    waiting = lines_.size();
    if (waiting == 1 || waiting == static_cast<std::size_t>(limits.batch))
      reader = reader_;
  }
  if (!reader)
    return true;
  if (waiting == static_cast<std::size_t>(limits.batch))
    caf::anon_send(reader, batch_waits{});
  else
    caf::anon_send(reader, lines_wait{});
  return true;
}

void access_queue::attach(caf::actor reader) {
  std::lock_guard lock(guard_);
  reader_ = std::move(reader);
  if (reader_ && lines_.size() + in_hand_.size() > 0)
    caf::anon_send(reader_, lines_wait{});
}

const std::vector<persistence::access_record>& access_queue::next(std::size_t most) {
  std::lock_guard lock(guard_);
  if (in_hand_.empty()) {
    const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(std::min(most, lines_.size()));
    in_hand_.assign(std::make_move_iterator(lines_.begin()), std::make_move_iterator(end));
    lines_.erase(lines_.begin(), end);
  }
  return in_hand_;
}

void access_queue::done() {
  std::lock_guard lock(guard_);
  in_hand_.clear();
}

std::size_t access_queue::size() const {
  std::lock_guard lock(guard_);
  return lines_.size() + in_hand_.size();
}

void access_queue::finished() {
  std::lock_guard lock(guard_);
  finished_ = true;
  changed_.notify_all();
}

bool access_queue::wait_finished(duration limit) const {
  std::unique_lock lock(guard_);
  return changed_.wait_for(lock, limit, [this] { return finished_; });
}

} // namespace easel::actors
