#include "http/client/curl_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace easel::client {
namespace {

int checked(int descriptor, const char* what) {
  if (descriptor < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

void checked(CURLMcode code, const char* what) {
  if (code != CURLM_OK)
    throw std::runtime_error(std::string(what) + ": " + curl_multi_strerror(code));
}

} // namespace

curl_loop::curl_loop(long max_connections)
    : multi_(curl_multi_init()),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  if (multi_ == nullptr)
    throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_loop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_loop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_connections);
  watch(wake_, EPOLLIN);
}

curl_loop::~curl_loop() {
  curl_multi_cleanup(multi_);
  ::close(wake_);
  ::close(epoll_);
}

void curl_loop::add(CURL* easy) { checked(curl_multi_add_handle(multi_, easy), "curl_multi_add_handle"); }

void curl_loop::remove(CURL* easy) { checked(curl_multi_remove_handle(multi_, easy), "curl_multi_remove_handle"); }

void curl_loop::wake() {
  const std::uint64_t one = 1;
  // The counter cannot overflow in a lifetime; a full one would mean that the wake-up is already there.
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void curl_loop::turn(std::optional<clock::time_point> until) {
  std::array<epoll_event, 128> events;
  now_ = clock::now();
  const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_milliseconds(until));
  now_ = clock::now();
  for (int i = 0; i < ready; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd != wake_) {
      act(event.data.fd, (event.events & EPOLLIN ? CURL_CSELECT_IN : 0)
                           | (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                           | (event.events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
      continue;
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const auto drained = ::read(wake_, &count, sizeof count);
  }
  run_due_timer();
}

void curl_loop::run_due_timer() {
  // libcurl sets a timer of zero for each call that was added; working on one may set the next.
  for (int rounds = 0; rounds < 8 && timer_ && *timer_ <= now_; ++rounds) {
    timer_.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
  }
}

void curl_loop::act(curl_socket_t socket, int events) {
  int running = 0;
  checked(curl_multi_socket_action(multi_, socket, events, &running), "curl_multi_socket_action");
}

int curl_loop::wait_milliseconds(std::optional<clock::time_point> until) const {
  auto due = timer_;
  if (until && (!due || *until < *due))
    due = until;
  if (!due)
    return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now_).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

std::optional<std::pair<CURL*, CURLcode>> curl_loop::next_ended() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE)
      return std::pair(message->easy_handle, message->data.result);
  return std::nullopt;
}

void curl_loop::watch(curl_socket_t socket, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0)
    return;
  if (errno != EEXIST || ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

int curl_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& loop = *static_cast<curl_loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    epoll_event ignored{};
    ::epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, &ignored); // the descriptor may be closed already
    return 0;
  }
  epoll_event event{};
  event.events =
    (what & CURL_POLL_IN ? std::uint32_t{EPOLLIN} : 0u) | (what & CURL_POLL_OUT ? std::uint32_t{EPOLLOUT} : 0u);
  event.data.fd = socket;
  if (::epoll_ctl(loop.epoll_, EPOLL_CTL_ADD, socket, &event) == 0)
    return 0;
  return ::epoll_ctl(loop.epoll_, EPOLL_CTL_MOD, socket, &event) == 0 ? 0 : -1;
}

int curl_loop::on_timer(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<curl_loop*>(self);
  if (milliseconds < 0)
    loop.timer_.reset();
  else
    loop.timer_ = clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

} // namespace easel::client
