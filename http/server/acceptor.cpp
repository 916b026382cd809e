#include "http/server/acceptor.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace easel::server {
namespace {

/// After an error that only others can end, such as a shortage of descriptors.
constexpr auto pause_after_failure = std::chrono::milliseconds(100);

std::system_error system_failure(const std::string& what) {
  return std::system_error(errno, std::generic_category(), what);
}

/// A process that was killed leaves its socket behind. Whoever still answers keeps it.
void remove_stale(const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0)
    return;
  if (!S_ISSOCK(facts.st_mode))
    throw std::system_error(std::make_error_code(std::errc::file_exists), "there is a file that is no socket");
  asio::io_context io;
  asio::local::stream_protocol::socket probe(io);
  asio::error_code ec;
  probe.connect(asio::local::stream_protocol::endpoint(path), ec);
  if (ec != asio::error::connection_refused)
    throw std::system_error(std::make_error_code(std::errc::address_in_use), "another process listens there");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    throw system_failure("the socket of an earlier process cannot be removed");
}

} // namespace

asio::ip::tcp::endpoint peer_of(const stream_transport& socket, asio::error_code& ec) {
  asio::ip::tcp::endpoint out(asio::ip::address_v4::loopback(), 0);
  const auto peer = socket.remote_endpoint(ec);
  const auto family = peer.protocol().family();
  if (ec || (family != AF_INET && family != AF_INET6))
    return out;
  std::memcpy(out.data(), peer.data(), std::min<std::size_t>(peer.size(), out.capacity()));
  return out;
}

acceptor::acceptor(asio::io_context& io, const listener_settings& settings, std::shared_ptr<wire_state> state,
                   receiver receive)
    : connections_run_on_(io.get_executor()),
      listening_(asio::make_strand(io)),
      pause_(listening_.get_executor()),
      state_(std::move(state)),
      receive_(std::move(receive)) {
  if (settings.socket_path.empty())
    bind_tcp(settings);
  else
    bind_path(settings);
}

void acceptor::bind_tcp(const listener_settings& settings) {
  const asio::ip::tcp::endpoint at(asio::ip::make_address(settings.address), settings.port);
  listening_.open(at.protocol());
  listening_.set_option(asio::socket_base::reuse_address(true));
  listening_.bind(at);
  listening_.listen(asio::socket_base::max_listen_connections);
  const auto bound = listening_.local_endpoint();
  asio::ip::tcp::endpoint known;
  std::memcpy(known.data(), bound.data(), std::min<std::size_t>(bound.size(), known.capacity()));
  port_ = known.port();
}

void acceptor::bind_path(const listener_settings& settings) {
  remove_stale(settings.socket_path);
  const asio::local::stream_protocol::endpoint at(settings.socket_path);
  listening_.open(at.protocol());
  listening_.bind(at);
  struct stat facts {};
  if (::lstat(settings.socket_path.c_str(), &facts) != 0)
    throw system_failure("the new socket cannot be looked at");
  path_ = settings.socket_path;
  path_device_ = facts.st_dev;
  path_inode_ = facts.st_ino;
  // Before `listen`, so that nobody gets in under the mode that the process's mask gave it.
  if (::chmod(path_.c_str(), static_cast<mode_t>(settings.socket_mode)) != 0)
    throw system_failure("its mode cannot be set");
  listening_.listen(asio::socket_base::max_listen_connections);
}

void acceptor::remove_path() {
  struct stat facts {};
  if (!path_.empty() && ::lstat(path_.c_str(), &facts) == 0 && facts.st_dev == path_device_
      && facts.st_ino == path_inode_) // else somebody has put another there
    ::unlink(path_.c_str());
  path_.clear();
}

void acceptor::abandon() {
  asio::error_code ignored;
  pause_.cancel();
  listening_.close(ignored);
  remove_path();
}

void acceptor::stop() {
  asio::post(listening_.get_executor(), [self = shared_from_this()] { self->abandon(); });
}

void acceptor::accept_next() {
  listening_.async_accept(connections_run_on_,
                          [self = shared_from_this()](const asio::error_code& ec, stream_transport socket) {
                            self->accepted(ec, std::move(socket));
                          });
}

void acceptor::accepted(const asio::error_code& ec, stream_transport socket) {
  if (!listening_.is_open() || ec == asio::error::operation_aborted)
    return;
  if (!ec) {
    try {
      receive_(std::move(socket));
    } catch (const std::exception&) {
      state_->failed_accepts.fetch_add(1, std::memory_order_relaxed);
    }
    accept_next();
    return;
  }
  state_->failed_accepts.fetch_add(1, std::memory_order_relaxed);
  pause_.expires_after(pause_after_failure);
  pause_.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
    if (!cancelled && self->listening_.is_open())
      self->accept_next();
  });
}

} // namespace easel::server
