#include "http/server/client_socket.hpp"

namespace easel::server {

namespace {

/// Of a connection that lingers: bytes taken at a time, and in all.
constexpr std::size_t waste_buffer = 16u << 10;
constexpr std::size_t most_waste = 64u << 20;

} // namespace

void client_socket::body::close() {
  asio::error_code ignored;
  lowest().close(ignored);
  alarm.cancel();
  seat.release();
}

void client_socket::body::watch_handshake(const std::shared_ptr<body>& self) {
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

void client_socket::body::watch_request(const std::shared_ptr<body>& self) {
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

// Closed at once, the connection would answer what the client still sends with a reset, which takes the answer from a
// client that has not read it yet (RFC 9112, section 9.6).
void client_socket::body::linger(const std::shared_ptr<body>& self) {
  if (std::exchange(lingering, true))
    return;
  asio::error_code ignored;
  lowest().cancel(ignored);
  alarm.expires_after(limits.linger);
  alarm.async_wait(
    asio::bind_executor(strand, [weak = std::weak_ptr(self), mine = ++watch](const asio::error_code& ec) {
      if (const auto it = weak.lock(); it && !ec && it->watch == mine)
        it->close();
    }));
  waste.resize(waste_buffer);
  discard(self);
}

void client_socket::body::discard(const std::shared_ptr<body>& self) {
  lowest().async_read_some(asio::buffer(waste),
                           asio::bind_executor(strand, [self](const asio::error_code& ec, std::size_t n) {
                             self->wasted += n;
                             if (ec || self->wasted > most_waste)
                               self->close();
                             else
                               self->discard(self);
                           }));
}

} // namespace easel::server
