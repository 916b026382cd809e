#pragma once

#include "tools/simulator/http_message.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <http_parser.h>

namespace easel::simulator {

using request_handler = std::function<void(http_request, reply_function)>;

/// One client connection: reads a request, plays its script, reads the next. Everything happens on the socket's
/// executor, which one thread runs. It keeps itself alive while an operation is pending.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(asio::ip::tcp::socket socket, const request_handler& handler, std::atomic<int>& open);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void start();

private:
  static int on_url(http_parser*, const char* at, std::size_t size);
  static int on_field(http_parser*, const char* at, std::size_t size);
  static int on_value(http_parser*, const char* at, std::size_t size);
  static int on_body(http_parser*, const char* at, std::size_t size);
  static int on_headers_complete(http_parser*);
  static int on_complete(http_parser*);
  static const http_parser_settings& callbacks();

  void expect_request();
  void read_some();
  void on_read(std::size_t size);
  void dispatch();
  void refuse(int status, const char* why);
  void arm(milliseconds limit);

  void play(script);
  void next_piece();
  void write_some();
  void on_written(std::size_t size);
  void finish();
  void watch_client();
  void end(ending how);
  void drain();
  void close();

  asio::ip::tcp::socket socket_;
  const request_handler& handler_;
  std::atomic<int>& open_;
  asio::steady_timer limit_; ///< idle and write limit
  asio::steady_timer pause_; ///< waits inside a script

  http_parser parser_{};
  std::array<char, 4096> input_{};
  std::string pending_; ///< bytes read beyond the request under way
  std::string target_;
  http_request request_;
  bool in_value_ = false, message_complete_ = false, too_large_ = false, wants_continue_ = false, keep_alive_ = false;

  script script_;
  bool playing_ = false;
  std::size_t at_piece_ = 0, at_segment_ = 0, at_byte_ = 0, sent_ = 0;
};

} // namespace easel::simulator
