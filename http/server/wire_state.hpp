#pragma once

#include "http/server/exchange.hpp"

#include <asio.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace easel::server {

class response_writer;

/// What every exchange of one listener shares and may touch after the listener is gone.
struct wire_state {
  access_sink log;
  bool is_https = false; ///< clients come by https, whoever ends it
  std::atomic<long> open_connections{0};
  std::atomic<long> unanswered{0};
  std::atomic<bool> closing{false};
  std::atomic<bool> gone{false}; ///< the listener is: `log` must not be called any more

  std::mutex mutex;
  std::condition_variable all_answered;

  std::mutex writers_mutex;
  std::unordered_set<response_writer*> writers; ///< each takes itself out

  /// After the loop's last handler ran: a writer and the connection that it was writing to hold each other.
  void abandon_writers();

  void begin() { unanswered.fetch_add(1); }
  void end() {
    if (unanswered.fetch_sub(1) == 1 && closing.load()) {
      std::lock_guard lock(mutex);
      all_answered.notify_all();
    }
  }
};

/// The event loop. Whoever outside may still post to it owns it; what is posted never does, so it can always die.
struct wire_loop {
  asio::io_context io;
  std::shared_ptr<wire_state> state = std::make_shared<wire_state>();
};

} // namespace easel::server
