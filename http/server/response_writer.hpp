#pragma once

#include "http/server/wire_state.hpp"

#include <restinio/request_handler.hpp>

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>

namespace easel::server {

/// Sends one response piece by piece: at most one piece (256 KiB on the wire) is encoded and on its way, the rest
/// stays what it is, shared bytes. Each further piece starts when the one before was written, never from inside
/// RESTinio's own callback, which is still busy with the connection then.
class response_writer : public std::enable_shared_from_this<response_writer> {
public:
  using fixed_output = restinio::response_builder_t<restinio::user_controlled_output_t>;
  using chunked_output = restinio::response_builder_t<restinio::chunked_output_t>;

  /// Settles the exchange: called once with how the response ended.
  using settle = std::function<void(bool complete)>;

  response_writer(wire_loop& loop, std::variant<fixed_output, chunked_output> out, stream_options options,
                  settle ended);
  response_writer(const response_writer&) = delete;
  response_writer& operator=(const response_writer&) = delete;
  ~response_writer();

  /// Any thread whose caller keeps the loop alive.
  bool push(std::vector<segment> frame);
  void finish(written done);
  /// Ends with what is on its way, and closes the connection in the middle of the answer.
  void break_off();
  /// Sends the head at once, and comment lines from then on.
  void start_stream();
  /// Called on the loop each time that everything pushed was written and more may follow. Before the first push.
  void when_written(std::function<void()> hungry) { hungry_ = std::move(hungry); }
  /// Lets go of the connection, which closes. On the loop, or when it runs no more.
  void abandon();

private:
  struct position {
    std::size_t part = 0;
    std::size_t in_text = 0;
    std::size_t in_bytes = 0;
  };

  void schedule();                       ///< with the lock held
  void pump();                           ///< on the loop
  [[nodiscard]] std::string cut_piece(); ///< while `busy_`: the front frame is the writer's alone
  void write(std::string piece, bool last);
  void on_written(bool ok, bool last);
  void end(bool complete);
  void overflow();
  void arm_heartbeat();
  void on_heartbeat();

  asio::io_context& io_;
  const std::shared_ptr<wire_state> state_;
  std::optional<std::variant<fixed_output, chunked_output>> out_; ///< nothing once it let go of the connection
  const stream_options options_;
  settle ended_;

  std::mutex mutex_;
  std::deque<std::vector<segment>> frames_;
  position at_;
  bool busy_ = false;     ///< a piece is being cut or written
  bool finished_ = false; ///< nothing will be pushed any more
  bool over_ = false;     ///< the last byte was written, or the peer is gone: `ended_` was called
  bool cut_off_ = false;  ///< ends with the overflow event: never complete
  bool broken_ = false;   ///< ends without an end, as HTTP sees it
  bool written_since_heartbeat_ = false;
  written done_;
  std::function<void()> hungry_; ///< may lead back to this writer: let go of at the end
  asio::steady_timer heartbeat_;
};

} // namespace easel::server
