#pragma once

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace easel::actors {

/// The actors that have mail, and the threads that may run them: the scheduler's own workers, and any thread that
/// lends itself (`lend_thread`). At most `most` run at a time, whoever they are.
class run_queue {
public:
  using clock = std::chrono::steady_clock;

  /// Both when the scheduler starts; `worker_count` threads will call `work`.
  void open(caf::actor_system& system, std::size_t most, std::size_t max_throughput);

  /// Any thread. Takes over one reference to `job`.
  void push(caf::resumable* job);

  /// A worker's life: runs actors until `close`. The one that keeps the time calls `ring` when `due` has come;
  /// `due` is read anew after each `retime`.
  void work(bool keeps_time, const std::function<clock::time_point()>& due, const std::function<void()>& ring);

  /// Any thread: `due` has moved forward.
  void retime();

  /// Ends the workers and waits for lent threads; nobody runs actors from here on. What is left comes by `leftover`.
  void close();
  [[nodiscard]] caf::resumable* leftover();

private:
  friend class lend_thread;

  [[nodiscard]] bool runnable() const { return !jobs_.empty() && running_ < most_; }
  /// Runs the next one, lock released meanwhile.
  void run_next(std::unique_lock<std::mutex>& lock, caf::execution_unit& unit);
  void wake_one(std::unique_lock<std::mutex> lock);
  void lend();

  std::mutex guard_;
  std::condition_variable timekeeper_;
  std::condition_variable others_;
  std::condition_variable nobody_runs_; ///< waited for when it closes
  std::deque<caf::resumable*> jobs_;
  caf::actor_system* system_ = nullptr; ///< null: not open
  std::size_t most_ = 1;
  std::size_t max_throughput_ = 1;
  std::size_t running_ = 0;
  std::size_t others_asleep_ = 0;
  bool timekeeper_asleep_ = false;
  bool closed_ = false;
};
using run_queue_ptr = std::shared_ptr<run_queue>;

/// While one lives, actors that this thread brings mail wait for it, and at its end the thread runs them itself, for a
/// short time, unless enough threads are running actors already. A thread that has done its part of a request and
/// would go to sleep thus saves waking another one for the next part: on the way of a generation most of the cost of
/// thread changes. Must not be used where a lock is held that a watcher or an upstream's client may take.
class lend_thread {
public:
  explicit lend_thread(run_queue_ptr to);
  ~lend_thread();
  lend_thread(const lend_thread&) = delete;
  lend_thread& operator=(const lend_thread&) = delete;

private:
  run_queue_ptr to_; ///< null: this thread lends itself, or runs actors, already
};

} // namespace easel::actors
