#pragma once

#include "tools/simulator/connection.hpp"
#include "tools/simulator/world.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

namespace easel::simulator {

/// The simulated upstreams on one loopback port. Starts in the constructor, ends in the destructor.
class server {
public:
  /// Throws std::runtime_error when the address is no loopback address or cannot be bound, or `behaviour` is wrong.
  explicit server(settings, const json& behaviour = json::object());
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

private:
  void accept();
  void handle(http_request, const reply_function&);

  /// One loop per thread; a connection stays on the loop that took it, so it needs no lock.
  std::vector<std::unique_ptr<asio::io_context>> loops_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::unique_ptr<world> world_;
  request_handler handler_;
  std::unique_ptr<asio::ip::tcp::acceptor> acceptor_;
  std::atomic<int> open_{0};
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

} // namespace easel::simulator
