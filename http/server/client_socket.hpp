#pragma once

#include "http/server/acceptor.hpp"
#include "http/server/connection_census.hpp"

#include <restinio/tls_fwd.hpp>

#include <asio/ssl.hpp>

#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace easel::server {

/// The request that comes over a connection, as the hooks of RESTinio's parser (`request_hooks.hpp`) see it.
struct incoming_request {
  const wire_state* shared;
  bool owes_go_ahead = false; ///< `100 Continue` is sent before anything more is read
  bool leaves_body = false;   ///< its body is not read: the connection ends with the answer

  /// The hooks know no connection. This is the one whose bytes this thread takes apart, and null where RESTinio goes on
  /// with what it had read together with the request before.
  static inline constinit thread_local incoming_request* current = nullptr;
};

/// The stream under one of RESTinio's connections: TCP, TLS over TCP, or a unix socket. It keeps the connection's seat
/// in the census, and two bounds that RESTinio lacks: on a handshake, and on a request from its first byte, apart from
/// how long a connection may idle. Whose body was not read is listened to for a while after the answer. Used on the
/// connection's strand only.
class client_socket {
public:
  using executor_type = asio::any_io_executor;

  struct bounds {
    duration handshake;
    duration request;
    duration linger;
  };

  client_socket(stream_transport socket, connection_seat seat, bounds limits, std::shared_ptr<wire_state> state)
      : body_(std::make_shared<body>(std::move(socket), std::move(seat), limits, std::move(state))) {}
  /// Speaks TLS. Takes `session`.
  client_socket(stream_transport socket, ssl_st* session, connection_seat seat, bounds limits,
                std::shared_ptr<wire_state> state)
      : body_(
        std::make_shared<body>(tls_stream(std::move(socket), session), std::move(seat), limits, std::move(state))) {}

  [[nodiscard]] executor_type get_executor() { return body_->lowest().get_executor(); }
  [[nodiscard]] bool is_open() const { return !body_->lingering && body_->lowest().is_open(); }
  void cancel(asio::error_code& ec) { body_->lowest().cancel(ec); }
  void shutdown(asio::socket_base::shutdown_type what, asio::error_code& ec) {
    body_->lowest().shutdown(body_->incoming.leaves_body ? asio::socket_base::shutdown_send : what, ec);
  }
  void close() {
    if (body_->incoming.leaves_body)
      body_->linger(body_);
    else
      body_->close();
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    auto& it = *body_;
    // RESTinio reads again from within the last read's handler only while a request is not whole.
    if (it.inside_read)
      it.watch_request(body_);
    else
      it.unwatch_request();
    it.reading = true;
    read_handler<std::decay_t<Handler>> completed{&it, std::forward<Handler>(handler)};
    if (std::exchange(it.incoming.owes_go_ahead, false))
      return read_after_go_ahead(buffers, std::move(completed));
    std::visit([&](auto& stream) { stream.async_read_some(buffers, std::move(completed)); }, it.stream);
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    std::visit([&](auto& stream) { stream.async_write_some(buffers, std::forward<Handler>(handler)); }, body_->stream);
  }

  /// Calls `handler(ec)` at once where there is no TLS, else on `strand`.
  template <class Executor, class Handler>
  void async_handshake(const Executor& strand, Handler handler) {
    body_->strand = strand;
    auto* tls = std::get_if<tls_stream>(&body_->stream);
    if (tls == nullptr)
      return handler(asio::error_code());
    body_->watch_handshake(body_);
    tls->async_handshake(asio::ssl::stream_base::server,
                         asio::bind_executor(strand, [it = body_, handler](const asio::error_code& ec) mutable {
                           it->handshake_done(ec);
                           handler(ec);
                         }));
  }

private:
  using tls_stream = asio::ssl::stream<stream_transport>;

  struct body {
    template <class Stream>
    body(Stream made, connection_seat taken, bounds bound, std::shared_ptr<wire_state> shared)
        : stream(std::move(made)),
          alarm(lowest().get_executor()),
          seat(std::move(taken)),
          limits(bound),
          state(std::move(shared)) {}

    [[nodiscard]] stream_transport& lowest() {
      auto* tls = std::get_if<tls_stream>(&stream);
      return tls != nullptr ? tls->next_layer() : std::get<stream_transport>(stream);
    }
    void close();
    void watch_handshake(const std::shared_ptr<body>& self);
    void handshake_done(const asio::error_code& ec);
    void watch_request(const std::shared_ptr<body>& self);
    void unwatch_request();
    void linger(const std::shared_ptr<body>& self);
    void discard(const std::shared_ptr<body>& self);

    std::variant<stream_transport, tls_stream> stream;
    asio::any_io_executor strand; // the connection's
    asio::steady_timer alarm;
    connection_seat seat;
    const bounds limits;
    const std::shared_ptr<wire_state> state;
    incoming_request incoming{state.get()};
    std::uint64_t watch = 0;  // which alarm counts: one that was too late to be cancelled does not
    bool watching = false;    // a request has begun
    bool reading = false;     // the stream is asked for bytes
    bool inside_read = false; // their handler runs
    bool late = false;        // cut off
    bool lingering = false;   // closed, as RESTinio sees it
    std::vector<char> waste;  // what still comes meanwhile
    std::size_t wasted = 0;
  };

  /// RESTinio's handler of a read, with its beginning and end noted. It runs where RESTinio wants it to, on the strand.
  template <class Handler>
  struct read_handler {
    body* it; // alive: the handler keeps its connection
    Handler handler;

    using executor_type = asio::associated_executor_t<Handler>;
    [[nodiscard]] executor_type get_executor() const noexcept { return asio::get_associated_executor(handler); }

    void operator()(const asio::error_code& ec, std::size_t n) {
      it->reading = false;
      it->inside_read = true;
      incoming_request::current = &it->incoming;
      handler(ec && it->late ? asio::error_code(asio::error::timed_out) : ec, n);
      incoming_request::current = nullptr;
      it->inside_read = false;
    }
  };

  /// Nobody else writes: RESTinio reads a request when those before are answered.
  template <class Buffers, class Handler>
  void read_after_go_ahead(const Buffers& buffers, Handler completed) {
    static constexpr std::string_view go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto executor = completed.get_executor();
    std::visit(
      [&](auto& stream) {
        auto read = [it = body_, &stream, buffers, completed = std::move(completed)](const asio::error_code& ec,
                                                                                     std::size_t) mutable {
          if (ec)
            completed(ec, 0);
          else
            stream.async_read_some(buffers, std::move(completed));
        };
        asio::async_write(stream, asio::buffer(go_ahead.data(), go_ahead.size()),
                          asio::bind_executor(executor, std::move(read)));
      },
      body_->stream);
  }

  std::shared_ptr<body> body_;
};

/// What RESTinio calls for each new connection; found by the type of its socket.
template <class Connection, class Start, class Fail>
void prepare_connection_and_start_read(client_socket& socket, Connection& connection, Start start, Fail fail) {
  socket.async_handshake(connection.get_executor(),
                         [alive = connection.shared_from_this(), start, fail](const asio::error_code& ec) mutable {
                           if (ec)
                             fail(ec);
                           else
                             start();
                         });
}

inline restinio::tls_socket_t* make_tls_socket_pointer_for_state_listener(client_socket&) noexcept { return nullptr; }

} // namespace easel::server
