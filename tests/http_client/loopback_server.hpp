#pragma once

#include <asio.hpp>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// A server on a free loopback port whose every connection runs one script, on a thread of its own.
namespace easel::test {

struct received_request {
  std::string head; ///< up to and with the blank line
  std::string body; ///< as long as Content-Length said
};

class peer {
public:
  explicit peer(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  /// Nothing once the client has closed.
  std::optional<received_request> read();
  /// Ignores a client that has gone.
  void write(const std::string& bytes);
  void answer(const std::string& body, const std::string& more_headers = "", const std::string& status = "200 OK");
  /// Ends the connection with a RST.
  void reset();
  /// Returns when the client closes, with what it sent until then.
  std::string wait_for_close();
  /// Any thread.
  void interrupt();

private:
  asio::ip::tcp::socket socket_;
  std::string buffered_;
};

class loopback_server {
public:
  /// `script` runs once per connection, with the connection's number from 0 on.
  explicit loopback_server(std::function<void(peer&, int)> script);
  ~loopback_server();

  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url(const std::string& path = "/") const { return "http://" + host() + path; }
  [[nodiscard]] int connections() const { return connections_; }

private:
  void accept_all();

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  unsigned short port_;
  std::function<void(peer&, int)> script_;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<std::thread> threads_;
  std::thread acceptor_thread_;
};

} // namespace easel::test
