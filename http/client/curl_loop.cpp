#include "http/client/curl_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>
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
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET; // each wake-up is an edge: nobody has to read the counter
  event.data.fd = wake_;
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
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

void curl_loop::wait(std::optional<clock::time_point> until) {
  now_ = clock::now();
  const auto limit = wait_milliseconds(until);
  ready_ = std::max(0, ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), limit));
  now_ = clock::now();
}

void curl_loop::work() {
  for (int i = 0; i < ready_; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_)
      continue;
    if (auto& state = state_of(event.data.fd); state.wanted == 0) {
      leave(event.data.fd, state); // its server closed it, or speaks unasked: libcurl looks when it wants to use it
      continue;
    }
    act(event.data.fd, (event.events & EPOLLIN ? CURL_CSELECT_IN : 0) | (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                         | (event.events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
  }
  ready_ = 0;
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

curl_loop::socket_state& curl_loop::state_of(curl_socket_t socket) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= sockets_.size())
    sockets_.resize(index + 64);
  return sockets_[index];
}

void curl_loop::opened(curl_socket_t socket) { state_of(socket) = {0, 0, true}; }

void curl_loop::closing(curl_socket_t socket) { state_of(socket) = {}; } // epoll forgets it with the descriptor

void curl_loop::leave(curl_socket_t socket, socket_state& state) {
  epoll_event ignored{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, &ignored); // the descriptor may be closed already
  state.registered = 0;
}

int curl_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  try {
    return static_cast<curl_loop*>(self)->watch(socket, what);
  } catch (...) { // libcurl's frames are C
    return -1;
  }
}

/// Most transfers use a connection that an earlier one has left. As long as epoll waits for the same event, taking it
/// out and putting it in again would be two system calls for nothing.
int curl_loop::watch(curl_socket_t socket, int what) {
  auto& state = state_of(socket);
  state.wanted = what == CURL_POLL_REMOVE ? 0u
                                          : (what & CURL_POLL_IN ? std::uint32_t{EPOLLIN} : 0u)
                                              | (what & CURL_POLL_OUT ? std::uint32_t{EPOLLOUT} : 0u);
  if (state.wanted == 0) {
    if (!state.kept || state.registered != EPOLLIN)
      leave(socket, state);
    return 0;
  }
  if (state.kept && state.wanted == state.registered)
    return 0;
  epoll_event event{};
  event.events = state.wanted;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0
      && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) != 0)
    return -1;
  state.registered = state.wanted;
  return 0;
}

int curl_loop::on_timer(CURLM*, long milliseconds, void* self) {
  auto& loop = *static_cast<curl_loop*>(self);
  if (milliseconds < 0)
    loop.timer_.reset();
  else // zero means now, in this very turn
    loop.timer_ = milliseconds == 0 ? loop.now_ : clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

} // namespace easel::client
