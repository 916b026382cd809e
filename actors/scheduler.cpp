#include "actors/scheduler.hpp"

#include "actors/system_config.hpp"

#include <caf/detail/set_thread_name.hpp>

#include <algorithm>

namespace easel::actors {

// ---------------------------------------------------------------- the clock

template <class Change>
void alarm_clock::change(Change make) {
  bool earlier = false;
  {
    const std::lock_guard lock(guard_);
    make();
    const auto next = schedule_.empty() ? time_point::max() : schedule_.begin()->first;
    const auto ticks = next.time_since_epoch().count();
    earlier = ticks < due_.exchange(ticks);
  }
  if (earlier)
    earlier_();
}

// Delivered and destroyed without the lock: a message may be an actor's last, and actors set alarms.
void alarm_clock::ring() {
  std::vector<unique_delayed_event_ptr> ringing;
  const auto until = now();
  change([&] {
    while (!schedule_.empty() && schedule_.begin()->first <= until) {
      auto first = schedule_.begin();
      if (first->second->backlink != actor_lookup_.end())
        actor_lookup_.erase(first->second->backlink);
      ringing.push_back(std::move(first->second));
      schedule_.erase(first);
    }
  });
  for (const auto& alarm : ringing)
    ship(*alarm);
}

void alarm_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                       std::uint64_t id) {
  change([&] { simple_actor_clock::set_ordinary_timeout(t, self, type, id); });
}

void alarm_clock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  change([&] { simple_actor_clock::set_multi_timeout(t, self, type, id); });
}

void alarm_clock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  change([&] { simple_actor_clock::set_request_timeout(t, self, id); });
}

void alarm_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  change([&] { simple_actor_clock::cancel_ordinary_timeout(self, type); });
}

void alarm_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  change([&] { simple_actor_clock::cancel_request_timeout(self, id); });
}

void alarm_clock::cancel_timeouts(caf::abstract_actor* self) {
  change([&] { simple_actor_clock::cancel_timeouts(self); });
}

void alarm_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) {
  change([&] { simple_actor_clock::schedule_message(t, std::move(receiver), std::move(content)); });
}

void alarm_clock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                                   caf::message content) {
  change([&] { simple_actor_clock::schedule_message(t, std::move(target), std::move(sender), std::move(content)); });
}

void alarm_clock::cancel_all() {
  schedule_map dropped;
  change([&] {
    dropped.swap(schedule_);
    actor_lookup_.clear();
  });
}

// ---------------------------------------------------------------- the scheduler

scheduler::scheduler(caf::actor_system& system)
    : abstract_coordinator(system), queue_(house_run_queue(system)), clock_([queue = queue_] { queue->retime(); }) {}

caf::actor_system::module* scheduler::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new scheduler(system);
}

void scheduler::start() {
  const auto count = std::max<std::size_t>(1, num_workers());
  queue_->open(system(), count, max_throughput());
  for (std::size_t i = 0; i < count; ++i)
    workers_.emplace_back([this, keeps_time = i == 0] {
      caf::detail::set_thread_name("actors");
      system().thread_started();
      queue_->work(
        keeps_time, [this] { return clock_.due(); }, [this] { clock_.ring(); });
      system().thread_terminates();
    });
  abstract_coordinator::start();
}

void scheduler::stop() {
  queue_->close();
  for (auto& worker : workers_)
    worker.join();
  stop_actors(); // CAF's printer, which has a thread of its own
  while (auto* job = queue_->leftover())
    cleanup_and_release(job);
  clock_.cancel_all();
}

} // namespace easel::actors
