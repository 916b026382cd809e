#include "actors/run_queue.hpp"

#include <caf/execution_unit.hpp>

namespace easel::actors {

namespace {

/// Long enough for the way of one request, short against what else a lent thread has to do.
constexpr auto longest_loan = std::chrono::microseconds(200);

thread_local const run_queue* lends_itself_to = nullptr;
thread_local bool runs_actors = false;

struct unit final : caf::execution_unit {
  unit(caf::actor_system& of, run_queue& to) : execution_unit(&of), queue(to) {}
  void exec_later(caf::resumable* job) override { queue.push(job); }
  run_queue& queue;
};

} // namespace

void run_queue::open(caf::actor_system& system, std::size_t most, std::size_t max_throughput) {
  const std::lock_guard lock(guard_);
  system_ = &system;
  most_ = most;
  max_throughput_ = max_throughput;
}

void run_queue::push(caf::resumable* job) {
  std::unique_lock lock(guard_);
  jobs_.push_back(job);
  if (lends_itself_to != this) // else this thread looks itself, at the end
    wake_one(std::move(lock));
}

/// Whoever runs actors looks for the next one: only if more may run is another needed.
void run_queue::wake_one(std::unique_lock<std::mutex> lock) {
  if (!runnable())
    return;
  auto* sleeper = others_asleep_ > 0 ? &others_ : timekeeper_asleep_ ? &timekeeper_ : nullptr;
  lock.unlock(); // so that who wakes finds it free
  if (sleeper != nullptr)
    sleeper->notify_one();
}

void run_queue::run_next(std::unique_lock<std::mutex>& lock, caf::execution_unit& unit) {
  auto* job = jobs_.front();
  jobs_.pop_front();
  lock.unlock();
  switch (job->resume(&unit, max_throughput_)) {
  case caf::resumable::resume_later:
    lock.lock();
    jobs_.push_back(job);
    return;
  case caf::resumable::done:
  case caf::resumable::awaiting_message:
    caf::intrusive_ptr_release(job);
    break;
  case caf::resumable::shutdown_execution_unit: // only CAF's own schedulers use it
    break;
  }
  lock.lock();
}

void run_queue::work(bool keeps_time, const std::function<clock::time_point()>& due,
                     const std::function<void()>& ring) {
  runs_actors = true;
  unit own(*system_, *this);
  std::unique_lock lock(guard_);
  while (!closed_) {
    if (keeps_time && due() <= clock::now()) {
      lock.unlock();
      ring();
      lock.lock();
    }
    if (runnable()) {
      ++running_;
      for (int i = 0; i < 16 && !jobs_.empty() && !closed_; ++i) // then look at the time
        run_next(lock, own);
      --running_;
      if (closed_)
        nobody_runs_.notify_all();
    } else if (keeps_time) {
      timekeeper_asleep_ = true;
      const auto until = due();
      if (until == clock::time_point::max())
        timekeeper_.wait(lock);
      else
        timekeeper_.wait_until(lock, until);
      timekeeper_asleep_ = false;
    } else {
      ++others_asleep_;
      others_.wait(lock);
      --others_asleep_;
    }
  }
}

void run_queue::retime() {
  {
    const std::lock_guard lock(guard_);
    if (!timekeeper_asleep_)
      return;
  }
  timekeeper_.notify_one();
}

void run_queue::close() {
  std::unique_lock lock(guard_);
  closed_ = true;
  timekeeper_.notify_all();
  others_.notify_all();
  nobody_runs_.wait(lock, [this] { return running_ == 0; });
}

caf::resumable* run_queue::leftover() {
  const std::lock_guard lock(guard_);
  if (jobs_.empty())
    return nullptr;
  auto* job = jobs_.front();
  jobs_.pop_front();
  return job;
}

void run_queue::lend() {
  lends_itself_to = nullptr;
  std::unique_lock lock(guard_);
  if (closed_ || !runnable())
    return; // those who run actors will come to what is there
  ++running_;
  runs_actors = true;
  unit own(*system_, *this);
  const auto until = clock::now() + longest_loan;
  do
    run_next(lock, own);
  while (!jobs_.empty() && !closed_ && clock::now() < until);
  --running_;
  runs_actors = false;
  if (closed_)
    nobody_runs_.notify_all();
  wake_one(std::move(lock));
}

lend_thread::lend_thread(run_queue_ptr to) {
  if (runs_actors || lends_itself_to != nullptr)
    return;
  to_ = std::move(to);
  lends_itself_to = to_.get();
}

lend_thread::~lend_thread() {
  if (to_)
    to_->lend();
}

} // namespace easel::actors
