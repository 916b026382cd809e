#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <curl/curl.h>
#include <optional>
#include <sys/epoll.h>
#include <utility>
#include <vector>

namespace easel::client {

/// libcurl's multi handle driven by epoll: its work costs what is ready, however many calls wait. (With
/// curl_multi_perform it would visit every call, with curl_multi_poll every socket.) One thread, except `wake`.
class curl_loop {
public:
  using clock = std::chrono::steady_clock;

  explicit curl_loop(long max_connections);
  ~curl_loop();
  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  void add(CURL* easy);
  void remove(CURL* easy);

  /// A socket that is told here from its opening to its closing stays with epoll between the transfers that use it.
  void opened(curl_socket_t socket);
  void closing(curl_socket_t socket);

  /// Waits until something is ready, `until`, or `wake`; `work` then lets libcurl act on it.
  void wait(std::optional<clock::time_point> until);
  void work();
  /// Any thread: ends the current or the next wait.
  void wake();

  /// The next transfer that ended, if any. Ask until there is none.
  [[nodiscard]] std::optional<std::pair<CURL*, CURLcode>> next_ended();

  /// The time at the end of the last wait.
  [[nodiscard]] const clock::time_point& now() const { return now_; }

private:
  void act(curl_socket_t socket, int events);
  void run_due_timer();
  [[nodiscard]] int wait_milliseconds(std::optional<clock::time_point> until) const;
  struct socket_state {
    std::uint32_t wanted = 0;     ///< what libcurl waits for, in epoll's words
    std::uint32_t registered = 0; ///< what epoll was told
    bool kept = false;            ///< its closing will be told
  };
  [[nodiscard]] socket_state& state_of(curl_socket_t socket);
  void leave(curl_socket_t socket, socket_state& state);
  int watch(curl_socket_t socket, int what); ///< libcurl's wish; other than 0: it cannot be fulfilled

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* self);

  CURLM* multi_;
  int epoll_;
  int wake_;
  std::array<epoll_event, 128> events_;
  int ready_ = 0;
  std::vector<socket_state> sockets_; ///< by descriptor
  std::optional<clock::time_point> timer_;
  clock::time_point now_ = clock::now();
};

} // namespace easel::client
