#pragma once

#include "actors/billing_desk.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

/// From the billing door to the actors behind it.
namespace easel::actors {

/// One caller among those that may wait at a time.
class counted_place {
public:
  explicit counted_place(std::shared_ptr<std::atomic<int>> taken) : taken_(std::move(taken)) { ++*taken_; }
  counted_place(const counted_place&) = delete;
  counted_place& operator=(const counted_place&) = delete;
  ~counted_place() { --*taken_; }

private:
  std::shared_ptr<std::atomic<int>> taken_;
};

/// A delivery that waits until it is durable. Dropped unanswered, it is `unavailable`.
class waiting_delivery {
public:
  waiting_delivery(policies::stripe::event what, std::function<void(policies::stripe::delivery)> done,
                   std::shared_ptr<std::atomic<int>> taken)
      : event(std::move(what)), done_(std::move(done)), place_(std::move(taken)) {}
  waiting_delivery(const waiting_delivery&) = delete;
  waiting_delivery& operator=(const waiting_delivery&) = delete;
  ~waiting_delivery() { answer(policies::stripe::delivery::unavailable); }

  void answer(policies::stripe::delivery how) {
    if (auto done = std::exchange(done_, nullptr))
      done(how);
  }

  const policies::stripe::event event;

private:
  std::function<void(policies::stripe::delivery)> done_;
  counted_place place_;
};

/// Something that a person wants of the desk. Dropped undone, it is answered `unavailable`.
class desk_task {
public:
  virtual ~desk_task() = default;
  virtual void run(billing_desk& desk) = 0;
};

template <class T>
class desk_call final : public desk_task {
public:
  using work = std::function<expected<T, billing_refusal>(billing_desk&)>;

  desk_call(work what, billing_reply<T> done, std::shared_ptr<std::atomic<int>> taken)
      : what_(std::move(what)), done_(std::move(done)), place_(std::move(taken)) {}
  desk_call(const desk_call&) = delete;
  desk_call& operator=(const desk_call&) = delete;
  ~desk_call() override { answer(unexpected(billing_refusal::unavailable)); }

  void run(billing_desk& desk) override { answer(what_(desk)); }

private:
  void answer(expected<T, billing_refusal> outcome) {
    if (auto done = std::exchange(done_, nullptr))
      done(std::move(outcome));
  }

  work what_;
  billing_reply<T> done_;
  counted_place place_;
};

struct keep_delivery {
  std::shared_ptr<waiting_delivery> what;
};
struct run_task {
  std::shared_ptr<desk_task> what;
};
/// inbox → clerk: something new waits.
struct events_wait {};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::keep_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::run_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::events_wait)
