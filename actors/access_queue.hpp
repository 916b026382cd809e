#pragma once

#include "actors/settings.hpp"
#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace easel::actors {

/// queue → access log: lines wait, or a whole batch of them does.
struct lines_wait {};
struct batch_waits {};

/// Lines on their way from the threads of the web server to the access log's actor. Bounded, and never waits: a line
/// that finds no room is lost, because the log must not slow the service down. It outlives the actor, and holds what
/// that was writing until it is written. Any thread.
class access_queue {
public:
  /// False: there was no room.
  [[nodiscard]] bool put(persistence::access_record line, const access_log_settings& limits);

  /// Whom to wake; null: nobody. Wakes at once if something waits.
  void attach(caf::actor reader);

  /// The oldest lines, the same ones until `done`. One reader.
  [[nodiscard]] const std::vector<persistence::access_record>& next(std::size_t most);
  void done();
  [[nodiscard]] std::size_t size() const;

  /// The reader wrote what it could and is gone.
  void finished();
  /// Blocks the caller, a foreign thread. False when `limit` passed first.
  bool wait_finished(duration limit) const;

private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  std::deque<persistence::access_record> lines_;
  std::vector<persistence::access_record> in_hand_;
  caf::actor reader_;
  bool finished_ = false;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::lines_wait)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::batch_waits)
