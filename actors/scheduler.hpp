#pragma once

#include "actors/run_queue.hpp"

#include <caf/detail/simple_actor_clock.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace easel::actors {

/// Delayed messages. CAF's own clock has a thread, which every actor wakes when it ends; this one has none: the
/// scheduler's first worker looks at it.
class alarm_clock final : public caf::detail::simple_actor_clock {
public:
  /// `earlier` is called, on any thread, when the next alarm has moved forward.
  explicit alarm_clock(std::function<void()> earlier) : earlier_(std::move(earlier)) {}

  [[nodiscard]] time_point due() const { return time_point(duration_type(due_.load())); }
  /// Delivers what is due.
  void ring();

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) override;
  void cancel_all() override;

private:
  template <class Change>
  void change(Change make);

  std::function<void()> earlier_;
  std::mutex guard_;
  std::atomic<duration_type::rep> due_{time_point::max().time_since_epoch().count()};
};

/// CAF's scheduler for this house: `scheduler.max-threads` workers on one run queue.
class scheduler final : public caf::scheduler::abstract_coordinator {
public:
  explicit scheduler(caf::actor_system& system);
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  void enqueue(caf::resumable* job) override { queue_->push(job); }
  caf::actor_clock& clock() noexcept override { return clock_; }

protected:
  void start() override;
  void stop() override;

private:
  run_queue_ptr queue_;
  alarm_clock clock_;
  std::vector<std::thread> workers_;
};

} // namespace easel::actors
