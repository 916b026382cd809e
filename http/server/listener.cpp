#include "http/server/listener.hpp"

#include "http/server/wire_exchange.hpp"

#include <restinio/all.hpp>

#include <mutex>
#include <thread>
#include <unordered_map>

namespace easel::server {

namespace {

/// Bytes, for each connection as long as it is open. Most requests fit; a longer one is read in several pieces.
constexpr std::size_t read_buffer = 2048;

struct too_many_connections : std::exception {};

/// Counts the connections, all and by address. One too many is refused by an exception, which RESTinio takes as the end
/// of a connection that has not begun. (Its own ip_blocker asks the socket for its peer where nothing may throw: a
/// client that hangs up in that moment would end the process.)
class connection_census {
public:
  connection_census(std::shared_ptr<wire_state> state, const listener_settings& limits, client_addresses clients)
      : state_(std::move(state)),
        most_(limits.max_connections),
        most_per_address_(limits.connections_per_address),
        clients_(std::move(clients)) {}

  void state_changed(const restinio::connection_state::notice_t& notice) {
    const auto peer = notice.remote_endpoint().address();
    if (restinio::holds_alternative<restinio::connection_state::accepted_t>(notice.cause()))
      enter(peer);
    else if (restinio::holds_alternative<restinio::connection_state::closed_t>(notice.cause()))
      leave(peer);
  }

private:
  struct block_hash {
    std::size_t operator()(const policies::address_block& b) const noexcept {
      return std::hash<std::uint64_t>{}(b.bits);
    }
  };

  void enter(const asio::ip::address& peer) {
    std::lock_guard lock(guard_);
    if (state_->open_connections.load() >= most_)
      throw too_many_connections();
    if (!clients_.is_trusted(peer)) {
      const auto block = address_of(peer).block;
      const auto open = by_address_.find(block);
      if (open != by_address_.end() && open->second >= most_per_address_)
        throw too_many_connections();
      ++by_address_[block];
    }
    ++state_->open_connections;
  }

  void leave(const asio::ip::address& peer) {
    std::lock_guard lock(guard_);
    --state_->open_connections;
    if (clients_.is_trusted(peer))
      return;
    const auto open = by_address_.find(address_of(peer).block);
    if (open != by_address_.end() && --open->second == 0)
      by_address_.erase(open);
  }

  std::shared_ptr<wire_state> state_;
  const long most_;
  const int most_per_address_;
  const client_addresses clients_;
  std::mutex guard_;
  std::unordered_map<policies::address_block, int, block_hash> by_address_; ///< at most one for each open connection
};

using handler = std::function<restinio::request_handling_status_t(restinio::request_handle_t)>;

struct traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t, handler> {
  using connection_state_listener_t = connection_census;
};

auto hard_limits(const listener_settings& s) {
  return restinio::incoming_http_msg_limits_t{}
    .max_url_size(s.hard_target)
    .max_field_name_size(s.hard_field_name)
    .max_field_value_size(s.hard_field_value)
    .max_field_count(s.hard_fields)
    .max_body_size(s.hard_body);
}

class restinio_listener final : public listener {
public:
  restinio_listener(listener_settings settings, route_table routes, access_sink log)
      : settings_(std::move(settings)), routes_(std::make_shared<const route_table>(std::move(routes))) {
    loop_->state->log = std::move(log);
    loop_->state->is_https = settings_.public_url.starts_with("https://");
    server_ = std::make_unique<restinio::http_server_t<traits>>(restinio::external_io_context(loop_->io),
                                                                [this](auto& out) { configure(out); });
    server_->open_sync();
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
    server_.reset(); // while the loop's memory is there
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] long open_connections() const override { return loop_->state->open_connections.load(); }

  void stop_accepting() override {
    if (loop_->state->closing.exchange(true))
      return;
    asio::post(loop_->io, [server = server_.get()] { server->close_sync(); });
  }

  bool drain(duration limit) override {
    std::unique_lock lock(loop_->state->mutex);
    return loop_->state->all_answered.wait_for(lock, limit, [&] { return loop_->state->unanswered.load() == 0; });
  }

private:
  template <class Settings>
  void configure(Settings& out) {
    const auto limit = [](duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d); };
    const client_addresses clients(settings_.trusted_proxies, settings_.forwarded_by);
    out.address(settings_.address)
      .port(settings_.port)
      .concurrent_accepts_count(static_cast<std::size_t>(std::max(1, settings_.threads)))
      .read_next_http_message_timelimit(limit(settings_.read_limit))
      .write_http_response_timelimit(limit(settings_.write_limit))
      .handle_request_timeout(limit(settings_.answer_limit))
      .buffer_size(read_buffer)
      .max_pipelined_requests(1)
      .incoming_http_msg_limits(hard_limits(settings_))
      .connection_state_listener(std::make_shared<connection_census>(loop_->state, settings_, clients))
      .socket_options_setter([](auto& options) { options.set_option(asio::ip::tcp::no_delay(true)); })
      .acceptor_post_bind_hook([this](auto& acceptor) { port_ = acceptor.local_endpoint().port(); })
      .request_handler([loop = std::weak_ptr(loop_), routes = routes_, limits = settings_, clients](auto request) {
        auto alive = loop.lock();
        if (!alive)
          return restinio::request_rejected();
        auto asked = std::make_shared<wire_exchange>(std::move(request), std::move(alive), clients);
        routes->serve(asked, limits);
        return restinio::request_accepted();
      });
  }

  listener_settings settings_;
  std::shared_ptr<const route_table> routes_;
  std::shared_ptr<wire_loop> loop_ = std::make_shared<wire_loop>();
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  std::unique_ptr<restinio::http_server_t<traits>> server_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
};

} // namespace

expected<std::unique_ptr<listener>, std::string> listener::open(listener_settings settings, route_table routes,
                                                                access_sink log) {
  const std::string where = settings.address + ":" + std::to_string(settings.port);
  try {
    return std::make_unique<restinio_listener>(std::move(settings), std::move(routes), std::move(log));
  } catch (const std::exception& e) {
    return unexpected("cannot listen on " + where + ": " + e.what());
  }
}

} // namespace easel::server
