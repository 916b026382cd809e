#pragma once

#include "http/client/curl_exchange.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <sys/epoll.h>

namespace easel::client {

/// libcurl's multi handle driven by epoll: a turn costs what is ready, however many calls wait. (With
/// curl_multi_perform every turn visits every call, with curl_multi_poll every socket.) One thread, except `wake`.
class curl_loop {
public:
  using clock = std::chrono::steady_clock;

  explicit curl_loop(long max_connections);
  ~curl_loop();
  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  void add(CURL* easy);
  void remove(CURL* easy);

  /// Waits until something is ready, `until`, or `wake`; then lets libcurl work.
  void turn(std::optional<clock::time_point> until);
  /// Any thread: ends the wait of the current or of the next turn.
  void wake();

  /// The next transfer that ended, if any. Ask until there is none.
  [[nodiscard]] std::optional<std::pair<CURL*, CURLcode>> next_ended();

  /// The time at the start of the current turn's work.
  [[nodiscard]] const clock::time_point& now() const { return now_; }

private:
  void act(curl_socket_t socket, int events);
  void run_due_timer();
  [[nodiscard]] int wait_milliseconds(std::optional<clock::time_point> until) const;
  void watch(curl_socket_t socket, std::uint32_t events);

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* self);

  CURLM* multi_;
  int epoll_;
  int wake_;
  std::optional<clock::time_point> timer_;
  clock::time_point now_ = clock::now();
};

} // namespace easel::client
