#pragma once

#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

#include <functional>
#include <map>
#include <memory>
#include <utility>

/// The conversation with the store: a call travels to a worker, is run there, and comes back with its answer.
namespace easel::actors {

/// One call to the store. Answered exactly once: a call that is destroyed unrun (its worker died, the queue was
/// full, the house is ending) answers `unavailable` from its destructor.
class store_call {
public:
  store_call(caf::actor reply_to, std::uint64_t ticket) : reply_to_(std::move(reply_to)), ticket_(ticket) {}
  store_call(const store_call&) = delete;
  store_call& operator=(const store_call&) = delete;
  virtual ~store_call() = default;

  [[nodiscard]] std::uint64_t ticket() const { return ticket_; }

protected:
  caf::actor reply_to_;
  std::uint64_t ticket_;
};

/// A write of the hot path; workers gather these into one transaction.
class write_call : public store_call {
public:
  write_call(caf::actor reply_to, std::uint64_t ticket, persistence::write what, std::size_t bytes)
      : store_call(std::move(reply_to), ticket), command(std::move(what)), weight(bytes) {}
  ~write_call() override;
  void answer(persistence::answer<persistence::write_outcome> outcome);

  persistence::write command; ///< moved from by the worker
  std::size_t weight;         ///< bytes, for the batch's bound
};

/// Any other question, run alone.
class query_call : public store_call {
public:
  using store_call::store_call;
  virtual void run(persistence::store& store) = 0;
};

using write_call_ptr = std::shared_ptr<write_call>;
using query_call_ptr = std::shared_ptr<query_call>;

/// To the store.
struct store_write {
  write_call_ptr call;
  std::size_t shard = 0; ///< commands of one account go to one writer, in order
};
struct store_query {
  query_call_ptr call;
};

/// From the store.
struct store_written {
  std::uint64_t ticket = 0;
  persistence::answer<persistence::write_outcome> outcome;
};
struct store_answered {
  std::uint64_t ticket = 0;
  std::shared_ptr<void> result; ///< an `answer<T>` of the asker's own T
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::store_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::store_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::store_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::store_answered)

namespace easel::actors {

inline persistence::store_error store_gone() { return {persistence::store_error::kind::unavailable, "store", ""}; }

inline void write_call::answer(persistence::answer<persistence::write_outcome> outcome) {
  if (auto to = std::exchange(reply_to_, nullptr))
    caf::anon_send(to, store_written{ticket_, std::move(outcome)});
}

inline write_call::~write_call() { answer(easel::unexpected(store_gone())); }

template <class T>
class typed_query_call final : public query_call {
public:
  using question = std::function<persistence::answer<T>(persistence::store&)>;

  typed_query_call(caf::actor reply_to, std::uint64_t ticket, question ask)
      : query_call(std::move(reply_to), ticket), ask_(std::move(ask)) {}
  ~typed_query_call() override { answer(easel::unexpected(store_gone())); }
  void run(persistence::store& store) override { answer(ask_(store)); }

private:
  void answer(persistence::answer<T> result) {
    if (auto to = std::exchange(reply_to_, nullptr))
      caf::anon_send(to, store_answered{ticket_, std::make_shared<persistence::answer<T>>(std::move(result))});
  }
  question ask_;
};

/// An actor's side of the conversation: what it asked and what it goes on with. Lives in the actor's state, so
/// nothing goes on after the actor has ended. The actor routes `store_written` and `store_answered` to `deliver`.
class store_port {
public:
  using write_continuation = std::function<void(persistence::answer<persistence::write_outcome>&)>;

  void attach(caf::actor store) { store_ = std::move(store); }

  /// `then` takes an `answer<write_outcome>&`.
  template <class Then>
  void write(const caf::actor& self, std::size_t shard, persistence::write command, Then then,
             std::size_t weight = 512) {
    const auto ticket = await<persistence::write_outcome>(std::move(then));
    caf::send_as(self, store_,
                 store_write{std::make_shared<write_call>(self, ticket, std::move(command), weight), shard});
  }

  /// `then` takes an `answer<T>&`.
  template <class T, class Then>
  void query(const caf::actor& self, std::function<persistence::answer<T>(persistence::store&)> ask, Then then) {
    const auto ticket = await<T>(std::move(then));
    caf::send_as(self, store_, store_query{std::make_shared<typed_query_call<T>>(self, ticket, std::move(ask))});
  }

  void deliver(const store_written& message) {
    if (auto node = awaited_.extract(message.ticket)) {
      auto outcome = message.outcome;
      node.mapped()(&outcome);
    }
  }
  void deliver(const store_answered& message) {
    if (auto node = awaited_.extract(message.ticket))
      node.mapped()(message.result.get());
  }

  [[nodiscard]] std::size_t waiting() const { return awaited_.size(); }

private:
  template <class T, class Then>
  std::uint64_t await(Then then) {
    awaited_.emplace(
      ++last_, [then = std::move(then)](void* answer) mutable { then(*static_cast<persistence::answer<T>*>(answer)); });
    return last_;
  }

  caf::actor store_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::function<void(void*)>> awaited_; ///< few at a time; none at all costs nothing
};

} // namespace easel::actors
