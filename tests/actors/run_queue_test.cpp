#include "actors/scheduler.hpp"
#include "actors/system_config.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <set>
#include <thread>

using namespace easel::actors;
using namespace std::chrono_literals;

namespace {

/// Something to run, once or as long as it wants to. The test owns it.
struct job final : caf::resumable {
  explicit job(std::function<resume_result(caf::execution_unit&)> does) : what(std::move(does)) {}
  resume_result resume(caf::execution_unit* where, std::size_t) override { return what(*where); }
  void intrusive_ptr_add_ref_impl() override { ++references; }
  void intrusive_ptr_release_impl() override { --references; }
  std::function<resume_result(caf::execution_unit&)> what;
  std::atomic<int> references = 1;
};

struct fixture {
  system_config config{system_config::virtual_time}; // its scheduler takes no part
  caf::actor_system system{config};
  run_queue_ptr queue = std::make_shared<run_queue>();

  fixture() { queue->open(system, 1, 100); }
};

struct note {
  int number = 0;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(note)

BOOST_FIXTURE_TEST_SUITE(the_run_queue, fixture)

BOOST_AUTO_TEST_CASE(a_lent_thread_runs_what_it_woke_and_what_that_wakes) {
  std::vector<std::string> ran;
  job second([&](auto&) {
    ran.emplace_back("second");
    return caf::resumable::awaiting_message;
  });
  job first([&](caf::execution_unit& where) {
    ran.emplace_back("first");
    where.exec_later(&second);
    return caf::resumable::awaiting_message;
  });
  {
    const lend_thread lent(queue);
    queue->push(&first);
    BOOST_TEST(ran.empty()); // at the end, not in the middle of what the thread is doing
  }
  BOOST_TEST(ran == std::vector<std::string>({"first", "second"}), boost::test_tools::per_element());
  BOOST_TEST(first.references == 0);
  BOOST_TEST(second.references == 0);
}

BOOST_AUTO_TEST_CASE(a_loan_within_a_loan_ends_with_the_outer_one) {
  bool ran = false;
  job one([&](auto&) {
    ran = true;
    return caf::resumable::done;
  });
  {
    const lend_thread outer(queue);
    {
      const lend_thread inner(queue);
      queue->push(&one);
    }
    BOOST_TEST(!ran);
  }
  BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_not_done_comes_again_after_the_others) {
  std::vector<int> ran;
  job patient([&](auto&) {
    ran.push_back(1);
    return ran.size() < 3 ? caf::resumable::resume_later : caf::resumable::done;
  });
  job other([&](auto&) {
    ran.push_back(2);
    return caf::resumable::done;
  });
  {
    const lend_thread lent(queue);
    queue->push(&patient);
    queue->push(&other);
  }
  BOOST_TEST(ran == std::vector<int>({1, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_threads_run_actors_than_may) {
  std::promise<void> running, go_on;
  std::vector<std::string> ran;
  job slow([&](auto&) {
    running.set_value();
    go_on.get_future().wait();
    ran.emplace_back("slow");
    return caf::resumable::done;
  });
  job late([&](auto&) {
    ran.emplace_back("late");
    return caf::resumable::done;
  });
  std::thread busy([&] {
    const lend_thread lent(queue);
    queue->push(&slow);
  });
  running.get_future().wait();
  {
    const lend_thread lent(queue);
    queue->push(&late);
  }
  const bool left_alone = ran.empty();
  go_on.set_value();
  busy.join();
  { const lend_thread rest(queue); } // the other thread's loan may have been over by then
  BOOST_TEST(left_alone);
  BOOST_TEST(ran == std::vector<std::string>({"slow", "late"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_worker_goes_on_where_a_loan_was_over) {
  std::promise<std::thread::id> last;
  int left = 100'000; // more than fits into one loan
  job endless([&](auto&) {
    std::this_thread::yield();
    if (--left > 0)
      return caf::resumable::resume_later;
    last.set_value(std::this_thread::get_id());
    return caf::resumable::done;
  });
  std::thread worker([&] {
    queue->work(
      true, [] { return run_queue::clock::time_point::max(); }, [] {});
  });
  {
    const lend_thread lent(queue);
    queue->push(&endless);
  }
  BOOST_TEST((last.get_future().get() == worker.get_id()));
  queue->close();
  worker.join();
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_end_is_left_over) {
  job late([](auto&) { return caf::resumable::done; });
  queue->close();
  {
    const lend_thread lent(queue);
    queue->push(&late);
  }
  BOOST_TEST(late.references == 1);
  BOOST_TEST(queue->leftover() == &late);
  BOOST_TEST(queue->leftover() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_scheduler)

BOOST_AUTO_TEST_CASE(every_message_from_any_thread_is_handled_once_and_in_its_senders_order) {
  constexpr int senders = 4, each = 2000;
  for (const unsigned workers : {1u, 3u}) {
    std::promise<void> all;
    std::vector<int> seen(senders, 0);
    bool in_order = true;
    system_config config{workers};
    caf::actor_system system{config};
    auto counter = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
      return {[&, self, got = 0](const note& message) mutable {
        auto& next = seen[static_cast<std::size_t>(message.number / each)];
        in_order = in_order && message.number % each == next;
        ++next;
        if (++got == senders * each) {
          self->quit();
          all.set_value();
        }
      }};
    });
    std::vector<std::thread> threads;
    for (int s = 0; s < senders; ++s)
      threads.emplace_back([&, s] {
        for (int i = 0; i < each; ++i) {
          // Half of them lend themselves.
          const lend_thread lent(s % 2 == 0 ? house_run_queue(system) : std::make_shared<run_queue>());
          caf::anon_send(counter, note{s * each + i});
        }
      });
    for (auto& thread : threads)
      thread.join();
    all.get_future().wait();
    BOOST_TEST(in_order);
    BOOST_TEST(seen == std::vector<int>(senders, each), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(alarms_ring_in_their_order_whichever_was_set_first) {
  std::promise<std::vector<int>> rang;
  system_config config{1};
  caf::actor_system system{config};
  system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 40ms, note{3});
    self->delayed_send(self, 20ms, note{2});
    self->delayed_send(self, 1ms, note{1});
    return {[&, self, order = std::vector<int>()](const note& message) mutable {
      order.push_back(message.number);
      if (order.size() == 3) {
        self->quit();
        rang.set_value(order);
      }
    }};
  });
  BOOST_TEST(rang.get_future().get() == std::vector<int>({1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_alarm_that_a_foreign_thread_sets_earlier_wakes_the_sleeping_timekeeper) {
  std::promise<int> rang;
  system_config config{1};
  caf::actor_system system{config};
  auto sleeper = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 1h, note{2});
    return {[&, self](const note& message) {
      self->quit();
      rang.set_value(message.number);
    }};
  });
  caf::delayed_anon_send(sleeper, 1ms, note{1});
  BOOST_TEST(rang.get_future().get() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
