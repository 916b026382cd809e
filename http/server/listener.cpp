#include "http/server/listener.hpp"

#include "http/server/client_socket.hpp"
#include "http/server/request_hooks.hpp"
#include "http/server/tls_identity.hpp"
#include "http/server/wire_exchange.hpp"

#include <restinio/all.hpp>

#include <openssl/ssl.h>

#include <mutex>
#include <thread>

namespace easel::server {

namespace {

/// Bytes, for each connection as long as it is open. Most requests fit; a longer one is read in several pieces.
constexpr std::size_t read_buffer = 2048;

using handler = std::function<restinio::request_handling_status_t(restinio::request_handle_t)>;

using traits = restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t, handler,
                                  restinio::default_strand_t, client_socket>;
using http_connection = restinio::impl::connection_t<traits>;
using connection_settings = restinio::impl::connection_settings_t<traits>;

auto hard_limits(const listener_settings& s) {
  return restinio::incoming_http_msg_limits_t{}
    .max_url_size(s.hard_target)
    .max_field_name_size(s.hard_field_name)
    .max_field_value_size(s.hard_field_value)
    .max_field_count(s.hard_fields)
    .max_body_size(s.hard_body);
}

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string place(const listener_settings& s, std::uint16_t port) {
  return s.socket_path.empty() ? s.address + ":" + std::to_string(port) : s.socket_path;
}

/// What the handshakes of one listener use, exchanged while it runs.
class identity_holder {
public:
  explicit identity_holder(const tls_settings& files) : files_(files) {
    if (auto loaded = load_tls_identity(files_, now()))
      current_ = std::move(*loaded);
    else
      throw std::runtime_error(loaded.error().reason);
  }

  [[nodiscard]] ssl_st* new_session() const {
    std::lock_guard lock(guard_);
    auto* session = SSL_new(current_.context.get());
    if (session == nullptr)
      throw std::bad_alloc();
    return session;
  }

  expected<void, std::string> reload() {
    auto loaded = load_tls_identity(files_, now());
    std::lock_guard lock(guard_);
    if (!loaded) {
      ++failed_reloads_;
      return unexpected(loaded.error().reason);
    }
    current_ = std::move(*loaded);
    ++reloads_;
    return {};
  }

  [[nodiscard]] listener_figures::certificate figures() const {
    std::lock_guard lock(guard_);
    return {current_.expires, reloads_, failed_reloads_};
  }

private:
  const tls_settings files_;
  mutable std::mutex guard_;
  tls_identity current_;
  std::uint64_t reloads_ = 0, failed_reloads_ = 0;
};

/// RESTinio's connections behind an acceptor of our own.
class restinio_listener final : public listener {
public:
  restinio_listener(listener_settings settings, route_table routes, access_sink log)
      : settings_(std::move(settings)), routes_(std::make_shared<const route_table>(std::move(routes))) {
    loop_->state->log = std::move(log);
    loop_->state->is_https = settings_.public_url.starts_with("https://");
    loop_->state->wants_body = [routes = routes_, limits = settings_](auto method, auto target, auto length) {
      return routes->wants_body(method, target, length, limits);
    };
    if (settings_.has_tls())
      identity_ = std::make_unique<identity_holder>(settings_.tls);
    acceptor_ = std::make_shared<acceptor>(loop_->io, settings_, loop_->state,
                                           [this](stream_transport socket) { receive(std::move(socket)); });
    acceptor_->start();
    guard_.emplace(loop_->io.get_executor());
    for (int i = 0; i < std::max(1, settings_.threads); ++i)
      threads_.emplace_back([loop = loop_.get()] { loop->io.run(); });
  }

  ~restinio_listener() override {
    loop_->state->closing = true;
    guard_.reset();
    loop_->io.stop();
    for (auto& thread : threads_)
      thread.join();
    loop_->state->gone = true;
    loop_->state->abandon_writers();
    acceptor_->abandon();
  }

  [[nodiscard]] std::uint16_t port() const override { return acceptor_->port(); }
  [[nodiscard]] std::string where() const override { return place(settings_, port()); }
  [[nodiscard]] long open_connections() const override { return loop_->state->open_connections.load(); }

  [[nodiscard]] listener_figures figures() const override {
    const auto& state = *loop_->state;
    listener_figures out;
    out.name = settings_.name;
    out.open_connections = state.open_connections.load();
    out.refused_connections = state.refused_connections.load();
    out.failed_accepts = state.failed_accepts.load();
    out.failed_handshakes = state.failed_handshakes.load();
    out.slow_requests = state.slow_requests.load();
    out.unnamed_requests = state.unnamed_requests.load();
    for (std::size_t i = 0; i < all_cookies.size(); ++i)
      out.cookies[std::string(all_cookies[i])] = state.cookies[i].load();
    out.unknown_cookies = state.unknown_cookies.load();
    if (identity_)
      out.tls = identity_->figures();
    return out;
  }

  [[nodiscard]] expected<void, std::string> reload_certificate() override {
    return identity_ ? identity_->reload() : expected<void, std::string>();
  }

  void stop_accepting() override {
    if (!loop_->state->closing.exchange(true))
      acceptor_->stop();
  }

  bool drain(duration limit) override {
    std::unique_lock lock(loop_->state->mutex);
    return loop_->state->all_answered.wait_for(lock, limit, [&] { return loop_->state->unanswered.load() == 0; });
  }

private:
  void receive(stream_transport socket) {
    asio::error_code gone;
    const auto peer = peer_of(socket, gone);
    if (gone)
      return;
    auto seat = census_->enter(peer.address());
    if (!seat)
      return; // and the socket closes
    if (settings_.socket_path.empty())
      socket.set_option(asio::ip::tcp::no_delay(true), gone);
    auto made = std::make_shared<http_connection>(++connections_, stream_over(std::move(socket), std::move(*seat)),
                                                  connection_settings_, peer, no_monitor(nullptr));
    made->init();
  }

  client_socket stream_over(stream_transport socket, connection_seat seat) {
    const client_socket::bounds limits{settings_.tls.handshake_limit, settings_.read_limit, settings_.linger_limit};
    if (identity_)
      return {std::move(socket), identity_->new_session(), std::move(seat), limits, loop_->state};
    return {std::move(socket), std::move(seat), limits, loop_->state};
  }

  [[nodiscard]] std::shared_ptr<connection_settings> make_connection_settings() {
    const auto limit = [](duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d); };
    restinio::server_settings_t<traits> out;
    out.read_next_http_message_timelimit(limit(std::max(settings_.read_limit, settings_.keep_alive_limit)))
      .write_http_response_timelimit(limit(settings_.write_limit))
      .handle_request_timeout(limit(settings_.answer_limit))
      .buffer_size(read_buffer)
      .max_pipelined_requests(1)
      .incoming_http_msg_limits(hard_limits(settings_))
      .request_handler(
        [loop = std::weak_ptr(loop_), routes = routes_, limits = settings_, clients = clients_](auto request) {
          auto alive = loop.lock();
          if (!alive)
            return restinio::request_rejected();
          auto asked = std::make_shared<wire_exchange>(std::move(request), std::move(alive), clients);
          routes->serve(asked, limits);
          return restinio::request_accepted();
        });
    auto timers = out.timer_factory()->create(loop_->io);
    return std::make_shared<connection_settings>(std::move(out), parser_settings(), std::move(timers));
  }

  using no_monitor = restinio::connection_count_limit_types<traits>::lifetime_monitor_t;

  const listener_settings settings_;
  std::shared_ptr<const route_table> routes_;
  std::shared_ptr<wire_loop> loop_ = std::make_shared<wire_loop>();
  const client_addresses clients_{settings_.trusted_proxies, settings_.forwarded_by, settings_.proves_peers()};
  std::shared_ptr<connection_census> census_ = std::make_shared<connection_census>(loop_->state, settings_, clients_);
  std::unique_ptr<identity_holder> identity_; ///< null: no TLS
  std::shared_ptr<connection_settings> connection_settings_ = make_connection_settings();
  restinio::connection_id_t connections_ = 0; ///< the acceptor's strand only
  std::shared_ptr<acceptor> acceptor_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  std::vector<std::thread> threads_;
};

} // namespace

expected<std::unique_ptr<listener>, std::string> listener::open(listener_settings settings, route_table routes,
                                                                access_sink log) {
  const std::string where = place(settings, settings.port);
  try {
    return std::make_unique<restinio_listener>(std::move(settings), std::move(routes), std::move(log));
  } catch (const std::exception& e) {
    return unexpected("cannot listen on " + where + ": " + e.what());
  }
}

} // namespace easel::server
