#pragma once

#include "actors/directory.hpp"
#include "actors/system_config.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

namespace easel::actors {

/// Whoever gets it fails at once, as if a handler of its own had thrown.
struct injected_failure {};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::injected_failure)

namespace easel::actors {

/// The base of every actor of the house: listed in the directory from spawn to end, its messages counted, timed and
/// remembered by type, and silent: neither an unexpected message nor an exception is ever printed, since both may carry
/// a prompt.
template <class Base>
class observed : public Base {
public:
  template <class... Ts>
  explicit observed(caf::actor_config& config, Ts&&... xs)
      : Base(config, std::forward<Ts>(xs)...),
        vitals_(std::make_shared<vitals>()),
        traces_(house_traces(this->system())) {
    vitals_->id = this->id();
    vitals_->parent = config.parent != nullptr ? config.parent->id() : 0;
    vitals_->born = std::chrono::steady_clock::now();
    vitals_->kill = [address = this->address()] {
      if (auto target = caf::actor_cast<caf::actor>(address))
        caf::anon_send<caf::message_priority::high>(target, caf::exit_msg{address, caf::exit_reason::kill});
    };
    vitals_->fail = [address = this->address()] {
      if (auto target = caf::actor_cast<caf::actor>(address))
        caf::anon_send<caf::message_priority::high>(target, injected_failure{});
    };
    this->set_default_handler(caf::drop);
    this->set_exception_handler(
      [](caf::scheduled_actor*, std::exception_ptr&) -> caf::error { return caf::sec::runtime_error; });
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    vitals_->arrived.fetch_add(1, std::memory_order_relaxed);
    if (traces_.is_watching()) [[unlikely]]
      traces_.arriving(*vitals_, element.get(), sender_of(*element));
    Base::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    const auto type = type_of(element);
    stopwatch watch(*vitals_, waited_, type, traces_);
    if (traces_.is_watching()) [[unlikely]]
      watch.traced = traces_.taken(type, &element, sender_of(element));
    if (type == reinterpret_cast<message_type>(&typeid(injected_failure)))
      throw std::runtime_error("injected");
    return Base::consume(element);
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override {
    // An actor that its parent ended did not fail.
    const bool failed = reason && reason != caf::exit_reason::user_shutdown && reason != caf::exit_reason::unreachable;
    house_directory(this->system()).leave(*vitals_, failed, reason_of(reason));
    if (traces_.is_watching())
      traces_.left(*vitals_, failed);
    return Base::cleanup(std::move(reason), unit);
  }

protected:
  /// A string literal: the type as the console shows it. Called once, in the constructor: it lists the actor.
  void is_kind(const char* kind) {
    vitals_->kind = kind;
    vitals_->budget = policies::pace_of(kind).budget;
    house_directory(this->system()).enter(vitals_);
  }
  /// Before `is_kind`: an operator may have the actor handle this message, which means that its time has come.
  template <class Message>
  void runs_on_demand() {
    vitals_->nudge = [address = this->address()] {
      if (auto target = caf::actor_cast<caf::actor>(address))
        caf::anon_send(target, Message{});
    };
  }
  /// A string literal of a closed set: what the actor is doing, in words for operators.
  void is_at(const char* state) { vitals_->state.store(state, std::memory_order_relaxed); }
  /// So much of the handler under way was spent until something happened: nobody was busy.
  void has_waited(std::chrono::steady_clock::duration span) { waited_ += span; }
  /// When what the actor holds must have been given back; `max()`: there is no such time.
  void is_due(std::chrono::steady_clock::time_point at) {
    const bool never = at == std::chrono::steady_clock::time_point::max();
    vitals_->deadline.store(never ? vitals::none : std::chrono::nanoseconds(at.time_since_epoch()).count(),
                            std::memory_order_relaxed);
  }
  /// The generation or the account that the actor is there for.
  void is_about(const uuid& subject) {
    vitals_->set_subject(subject);
    tell_traces();
  }
  /// The account whose work it does, when it is about something else.
  void works_for(const uuid& account) {
    vitals_->set_owner(account);
    tell_traces();
  }

private:
  void tell_traces() {
    if (traces_.is_watching())
      traces_.entered(*vitals_);
  }

  static message_type type_of(const caf::mailbox_element& element) {
    const auto& content = element.content();
    if (content.empty())
      return 0;
    const auto [number, info] = content.type(0);
    return number != 0 ? number : reinterpret_cast<message_type>(info);
  }

  static std::uint64_t sender_of(const caf::mailbox_element& element) {
    return element.sender ? element.sender->id() : 0;
  }

  static const char* reason_of(const caf::error& reason) {
    if (!reason)
      return "done";
    if (reason == caf::exit_reason::user_shutdown)
      return "ended by its parent";
    if (reason == caf::exit_reason::kill)
      return "killed";
    if (reason == caf::exit_reason::unreachable)
      return "never started";
    if (reason == caf::sec::runtime_error)
      return "a handler failed";
    return "failed";
  }

  struct stopwatch {
    stopwatch(vitals& of, std::chrono::steady_clock::duration& idle, message_type of_type, trace_desk& desk)
        : v(of), waited(idle), type(of_type), traces(desk) {
      waited = {};
      v.messages.begin(type, after());
    }
    ~stopwatch() {
      const auto spent = std::chrono::steady_clock::now() - begun - waited;
      v.messages.end(after(), spent);
      v.busy_ns.fetch_add(static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count()),
                          std::memory_order_relaxed);
      v.handled.fetch_add(1, std::memory_order_relaxed);
      if (spent > v.budget)
        note_overrun(spent);
      const bool failed = std::uncaught_exceptions() > unwinding;
      if (failed)
        v.failures.fetch_add(1, std::memory_order_relaxed);
      if (traced)
        traces.handled(v, *traced, spent, failed);
    }
    [[nodiscard]] std::chrono::milliseconds after() const {
      return std::chrono::duration_cast<std::chrono::milliseconds>(begun - v.born);
    }
    void note_overrun(std::chrono::nanoseconds spent) const {
      v.overrun_message.store(type, std::memory_order_relaxed);
      v.overrun_ns.store(static_cast<std::uint64_t>(spent.count()), std::memory_order_relaxed);
      v.overruns.fetch_add(1, std::memory_order_release);
    }
    vitals& v;
    std::chrono::steady_clock::duration& waited;
    const message_type type;
    trace_desk& traces;
    std::optional<traced_message> traced; ///< while somebody watches
    const std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    int unwinding = std::uncaught_exceptions();
  };

  std::shared_ptr<vitals> vitals_;
  trace_desk& traces_;
  std::chrono::steady_clock::duration waited_{};
};

/// An actor with its state apart, so that the state is destroyed when the actor ends, whoever still holds a handle.
template <class State>
using house_actor = caf::stateful_actor<State, observed<caf::event_based_actor>>;

} // namespace easel::actors
