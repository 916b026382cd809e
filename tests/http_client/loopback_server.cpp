#include "tests/http_client/loopback_server.hpp"

#include <sys/socket.h>

namespace easel::test {
namespace {

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

std::optional<received_request> peer::read() {
  std::error_code error;
  const auto end = asio::read_until(socket_, asio::dynamic_buffer(buffered_), "\r\n\r\n", error);
  if (error)
    return std::nullopt;
  received_request got{buffered_.substr(0, end), ""};
  const auto length = content_length(got.head);
  if (buffered_.size() < end + length)
    asio::read(socket_, asio::dynamic_buffer(buffered_), asio::transfer_exactly(end + length - buffered_.size()),
               error);
  if (error)
    return std::nullopt;
  got.body = buffered_.substr(end, length);
  buffered_.erase(0, end + length);
  return got;
}

void peer::write(const std::string& bytes) {
  std::error_code ignored;
  asio::write(socket_, asio::buffer(bytes), ignored);
}

void peer::answer(const std::string& body, const std::string& more_headers, const std::string& status) {
  write("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n"
        + body);
}

void peer::reset() {
  std::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

std::string peer::wait_for_close() {
  std::error_code error;
  asio::read(socket_, asio::dynamic_buffer(buffered_), error);
  return std::exchange(buffered_, {});
}

void peer::interrupt() { ::shutdown(socket_.native_handle(), SHUT_RDWR); }

loopback_server::loopback_server(std::function<void(peer&, int)> script)
    : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()),
      script_(std::move(script)),
      acceptor_thread_([this] { accept_all(); }) {}

void loopback_server::accept_all() {
  for (;;) {
    asio::ip::tcp::socket socket(io_);
    std::error_code error;
    acceptor_.accept(socket, error);
    if (error || stopping_)
      return;
    const int number = connections_++;
    const std::lock_guard lock(mutex_);
    peers_.push_back(std::make_unique<peer>(std::move(socket)));
    threads_.emplace_back([this, number, &mine = *peers_.back()] {
      script_(mine, number);
      mine.interrupt();
    });
  }
}

loopback_server::~loopback_server() {
  stopping_ = true;
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR); // wakes the blocking accept
  acceptor_thread_.join();
  for (auto& each : peers_)
    each->interrupt();
  for (auto& each : threads_)
    each.join();
}

} // namespace easel::test
