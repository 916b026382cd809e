#include "http/server/client_socket.hpp"

namespace easel::server {

void client_socket::body::close() {
  asio::error_code ignored;
  lowest().close(ignored);
  alarm.cancel();
  seat.release();
}

void client_socket::body::watch_handshake(const asio::any_io_executor& strand, const std::shared_ptr<body>& self) {
  alarm.expires_after(limits.handshake);
  alarm.async_wait(
    asio::bind_executor(strand, [weak = std::weak_ptr(self), mine = ++watch](const asio::error_code& ec) {
      const auto it = weak.lock();
      asio::error_code ignored;
      if (ec || !it || it->watch != mine)
        return;
      it->late = true;
      it->state->failed_handshakes.fetch_add(1, std::memory_order_relaxed); // before the client can notice
      it->lowest().close(ignored); // the handshake fails, and RESTinio does the rest
    }));
}

void client_socket::body::handshake_done(const asio::error_code& ec) {
  ++watch;
  alarm.cancel();
  if (ec && !late)
    state->failed_handshakes.fetch_add(1, std::memory_order_relaxed);
}

void client_socket::body::watch_request(const asio::any_io_executor& strand, const std::shared_ptr<body>& self) {
  if (std::exchange(watching, true))
    return;
  alarm.expires_after(limits.request);
  alarm.async_wait(
    asio::bind_executor(strand, [weak = std::weak_ptr(self), mine = ++watch](const asio::error_code& ec) {
      const auto it = weak.lock();
      if (ec || !it || it->watch != mine || !it->reading)
        return; // not reading: the request is whole
      it->late = true;
      it->state->slow_requests.fetch_add(1, std::memory_order_relaxed);
      asio::error_code ignored;
      it->lowest().close(ignored);
    }));
}

void client_socket::body::unwatch_request() {
  if (!std::exchange(watching, false))
    return;
  ++watch;
  alarm.cancel();
}

} // namespace easel::server
