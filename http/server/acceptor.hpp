#pragma once

#include "http/server/settings.hpp"
#include "http/server/wire_state.hpp"

#include <asio.hpp>

#include <sys/types.h>

#include <functional>
#include <memory>

namespace easel::server {

/// TCP or a unix socket.
using stream_transport = asio::generic::stream_protocol::socket;

/// Who is at the other end. On a unix socket that is this machine: 127.0.0.1. Sets `ec` when they have hung up already.
[[nodiscard]] asio::ip::tcp::endpoint peer_of(const stream_transport& socket, asio::error_code& ec);

/// A bound socket that takes connections one after the other. RESTinio's own stops for good at the first error, such as
/// a moment without free descriptors, and knows TCP only; this one pauses and goes on.
class acceptor : public std::enable_shared_from_this<acceptor> {
public:
  /// Called on a thread of the loop, never twice at a time; what it throws costs that connection only.
  using receiver = std::function<void(stream_transport)>;

  /// Binds and listens; throws std::system_error. A unix socket that nobody listens on any more is replaced; one where
  /// somebody does, or a file that is none, is an error.
  acceptor(asio::io_context& io, const listener_settings& settings, std::shared_ptr<wire_state> state,
           receiver receive);

  void start() { accept_next(); }
  /// Takes no more connections, and removes its unix socket. Any thread.
  void stop();
  /// The same, when no thread runs the loop any more.
  void abandon();
  [[nodiscard]] std::uint16_t port() const { return port_; } ///< 0: a unix socket

private:
  using listening_socket = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  void bind_tcp(const listener_settings& settings);
  void bind_path(const listener_settings& settings);
  void remove_path();
  void accept_next();
  void accepted(const asio::error_code& ec, stream_transport socket);

  asio::any_io_executor connections_run_on_;
  listening_socket listening_;
  asio::steady_timer pause_;
  std::shared_ptr<wire_state> state_;
  receiver receive_;
  std::uint16_t port_ = 0;
  std::string path_; // of our own unix socket, as long as it is there
  dev_t path_device_ = 0;
  ino_t path_inode_ = 0;
};

} // namespace easel::server
