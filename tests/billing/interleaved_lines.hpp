#pragma once

#include "actors/billing_dispatcher.hpp"
#include "tests/billing/billing_world.hpp"
#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace easel::tests {

/// Lines that work at the same time, and yet in an order that a seed repeats: each look has a thread, one thread runs
/// at a time, and at each call to Stripe chance says who goes on. A `crash` anywhere ends all of them, as the end of
/// their process does.
class interleaved_lines {
public:
  interleaved_lines(billing_world& w, test::seeded& random) : w_(w), random_(random) {
    w_.stripe->on_the_way = [this] { let_others_go_on(); };
  }
  ~interleaved_lines() {
    w_.stripe->on_the_way = [] {};
  }
  interleaved_lines(const interleaved_lines&) = delete;
  interleaved_lines& operator=(const interleaved_lines&) = delete;

  /// Works until nothing more may start.
  void turn() {
    actors::billing_dispatcher dispatcher(w_.settings, w_.books, w_.counts);
    dispatcher.begin_turn();
    try {
      for (bool may_start = true; may_start || !active_.empty();) {
        if (may_start && (active_.empty() || random_.one_in(2))) {
          may_start = start_one(dispatcher);
          continue;
        }
        if (auto over = run(random_.between<std::size_t>(0, active_.size() - 1))) {
          dispatcher.ended(over->first, over->second, {});
          may_start = true;
        }
      }
    } catch (...) {
      end_all();
      throw;
    }
  }

  [[nodiscard]] std::size_t most_open() const { return most_open_; }

private:
  struct worker {
    policies::line_look what;
    std::optional<actors::look_outcome> outcome;
    std::exception_ptr failure;
    bool is_over = false;
    std::thread thread;
  };

  bool start_one(actors::billing_dispatcher& dispatcher) {
    auto look = dispatcher.next({});
    if (!look)
      return false;
    for (const auto& other : active_)
      BOOST_TEST((!look->owner || other->what.owner != look->owner), "two looks in one line");
    auto one = std::make_unique<worker>();
    one->what = *std::move(look);
    one->thread = std::thread([this, me = one.get()] { work(*me); });
    active_.push_back(std::move(one));
    most_open_ = std::max(most_open_, active_.size());
    return true;
  }

  void work(worker& me) {
    self = &me;
    {
      std::unique_lock lock(guard_);
      changed_.wait(lock, [&] { return running_ == &me; });
    }
    try {
      if (is_dead_)
        throw crash();
      me.outcome = w_.clerk.look_in_line(me.what);
    } catch (...) {
      me.failure = std::current_exception();
    }
    std::lock_guard lock(guard_);
    me.is_over = true;
    running_ = nullptr;
    changed_.notify_all();
  }

  /// Called on any thread that asks Stripe.
  void let_others_go_on() {
    auto* const me = self;
    if (me == nullptr)
      return;
    std::unique_lock lock(guard_);
    running_ = nullptr;
    changed_.notify_all();
    changed_.wait(lock, [&] { return running_ == me; });
    if (is_dead_)
      throw crash();
  }

  /// Until its next call to Stripe, or its end.
  void resume(worker& one) {
    std::unique_lock lock(guard_);
    running_ = &one;
    changed_.notify_all();
    changed_.wait(lock, [&] { return running_ == nullptr; });
  }

  /// The look and how it ended, if it did.
  std::optional<std::pair<policies::line_look, actors::look_outcome>> run(std::size_t place) {
    auto& one = *active_[place];
    resume(one);
    if (!one.is_over)
      return std::nullopt;
    const auto gone = std::move(active_[place]);
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(place));
    gone->thread.join();
    if (gone->failure)
      std::rethrow_exception(gone->failure);
    return std::pair(gone->what, *gone->outcome);
  }

  void end_all() {
    is_dead_ = true;
    for (auto& one : active_) {
      while (!one->is_over)
        resume(*one);
      one->thread.join();
    }
    active_.clear();
    is_dead_ = false;
  }

  static inline thread_local worker* self = nullptr; ///< of a thread that looks

  billing_world& w_;
  test::seeded& random_;
  std::mutex guard_;
  std::condition_variable changed_;
  worker* running_ = nullptr; ///< none: the test itself
  bool is_dead_ = false;
  std::vector<std::unique_ptr<worker>> active_;
  std::size_t most_open_ = 0;
};

} // namespace easel::tests
