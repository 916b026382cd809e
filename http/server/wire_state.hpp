#pragma once

#include "http/server/exchange.hpp"

#include <asio.hpp>

#include <array>
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
  /// Asked when only the head of a request has come (`route_table::wants_body`).
  std::function<bool(std::string_view method, std::string_view target, std::uint64_t length)> wants_body;
  std::atomic<long> open_connections{0};
  std::atomic<long> unanswered{0};
  std::atomic<std::uint64_t> refused_connections{0}; ///< beyond a bound
  std::atomic<std::uint64_t> failed_accepts{0};      ///< for want of descriptors or memory
  std::atomic<std::uint64_t> failed_handshakes{0};   ///< no certificate, a wrong one, too slow, no TLS at all
  std::atomic<std::uint64_t> slow_requests{0};       ///< begun and not whole in time
  std::atomic<std::uint64_t> unnamed_requests{0};    ///< whose client a trusted peer did not name
  std::array<std::atomic<std::uint64_t>, all_cookies.size()> cookies{}; ///< how often each was set (COOKIE-1)
  std::atomic<std::uint64_t> unknown_cookies{0};                        ///< set past `set_cookie`
  std::atomic<bool> closing{false};
  std::atomic<bool> gone{false}; ///< the listener is: `log` must not be called any more

  std::mutex mutex;
  std::condition_variable all_answered;

  std::mutex writers_mutex;
  std::unordered_set<response_writer*> writers; ///< each takes itself out

  /// Counts what an answer is about to set.
  void count_cookies(const answer_head& head);

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
