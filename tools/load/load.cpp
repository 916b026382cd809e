#include "tools/load/load.hpp"

#include "http/client/stripe_signature.hpp"
#include "tools/load/tally.hpp"

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <http_parser.h>

#include <array>
#include <ctime>
#include <memory>

namespace easel::load {

namespace {

using clock = std::chrono::steady_clock;
using asio::ip::tcp;

/// More handshakes at a time could overrun the listener's backlog.
constexpr std::size_t handshakes = 64;

class connection;

/// What the connections share.
struct loop {
  explicit loop(const plan& asked) : what(asked), end(io) {}

  const plan& what;
  asio::io_context io{1};
  tally counts;
  std::vector<std::unique_ptr<connection>> connections;
  std::size_t opened = 0;  ///< handshakes begun
  std::size_t ready = 0;   ///< connections that are open, or could not be opened
  std::size_t working = 0; ///< connections that still send
  std::uint64_t sent = 0;
  clock::time_point started, last_answer;
  asio::steady_timer end;
  std::array<char, 256 << 10> buffer; ///< each read is counted before the next one

  [[nodiscard]] bool over() const { return sent >= what.requests || clock::now() - started >= what.duration; }
  void one_is_ready();
  void one_is_done();
};

class connection {
public:
  connection(loop& shared, std::size_t number) : shared_(shared), socket_(shared.io), timer_(shared.io) {
    head_ = shared.what.method + " " + shared.what.target + " HTTP/1.1\r\nHost: " + shared.what.host + ":"
            + std::to_string(shared.what.port) + "\r\n";
    for (const auto& header : shared.what.headers)
      head_ += header + "\r\n";
    if (const auto& keys = shared.what.keys; !keys.empty())
      head_ += "Authorization: Bearer " + keys[number % keys.size()] + "\r\n";
    parser_.data = this;
  }

  void open(bool first) {
    const tcp::endpoint to(asio::ip::make_address(shared_.what.host), shared_.what.port);
    socket_.async_connect(to, [this, first](const asio::error_code& failed) {
      open_ = !failed;
      if (failed) {
        shared_.counts.failed("connect: " + failed.message());
      } else {
        socket_.set_option(tcp::no_delay(true));
        socket_.non_blocking(true);
      }
      if (first)
        shared_.one_is_ready();
      else if (open_)
        send();
      else
        shared_.one_is_done();
    });
  }

  void next() {
    if (shared_.over() || (!open_ && !reopen()))
      return shared_.one_is_done();
    if (open_)
      send();
  }

  [[nodiscard]] bool waiting() const { return waiting_; }

private:
  bool reopen() {
    if (lost_++ > 100) // a listener that is gone would be asked for ever
      return false;
    socket_ = tcp::socket(shared_.io);
    open(false);
    return true;
  }

  void send() {
    write_request(++shared_.sent);
    http_parser_init(&parser_, HTTP_RESPONSE);
    complete_ = false;
    bytes_ = 0;
    waiting_ = true;
    since_ = clock::now();
    asio::async_write(socket_, asio::buffer(request_), [this](const asio::error_code& failed, std::size_t) {
      if (failed)
        lose("write: " + failed.message());
      else
        await();
    });
  }

  void write_request(std::uint64_t number) {
    request_ = head_;
    std::string body = shared_.what.body;
    if (const auto at = body.find("{n}"); at != body.npos)
      body.replace(at, 3, std::to_string(number));
    if (!shared_.what.stripe_secret.empty()) {
      const auto now = std::to_string(std::time(nullptr));
      request_ +=
        "Stripe-Signature: t=" + now + ",v1=" + client::stripe::sign(shared_.what.stripe_secret, now, body) + "\r\n";
    }
    if (!body.empty())
      request_ += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    request_ += "\r\n";
    request_ += body;
  }

  void await() {
    socket_.async_wait(tcp::socket::wait_read, [this](const asio::error_code& failed) {
      if (failed)
        lose("read: " + failed.message());
      else
        read();
    });
  }

  void read() {
    asio::error_code failed;
    const auto size = socket_.read_some(asio::buffer(shared_.buffer), failed);
    if (failed == asio::error::would_block)
      return await();
    const auto used = http_parser_execute(&parser_, &events(), shared_.buffer.data(), failed ? 0 : size);
    if (complete_)
      return answered();
    if (failed)
      return lose(failed == asio::error::eof ? "closed before the answer's end" : "read: " + failed.message());
    if (used != size)
      return lose("not HTTP");
    await();
  }

  void answered() {
    waiting_ = false;
    const auto now = shared_.last_answer = clock::now();
    shared_.counts.answered(parser_.status_code, now - since_, bytes_);
    if (!http_should_keep_alive(&parser_))
      close();
    pause();
  }

  void pause() {
    if (shared_.what.pause.count() == 0)
      return next();
    timer_.expires_after(shared_.what.pause);
    timer_.async_wait([this](const asio::error_code&) { next(); });
  }

  void lose(const std::string& reason) {
    waiting_ = false;
    shared_.counts.failed(reason);
    close();
    next();
  }

  void close() {
    asio::error_code ignored;
    socket_.close(ignored);
    open_ = false;
  }

  static const http_parser_settings& events() {
    static const http_parser_settings settings = [] {
      http_parser_settings out;
      http_parser_settings_init(&out);
      out.on_body = [](http_parser* parser, const char*, std::size_t size) {
        static_cast<connection*>(parser->data)->bytes_ += size;
        return 0;
      };
      out.on_message_complete = [](http_parser* parser) {
        static_cast<connection*>(parser->data)->complete_ = true;
        return 0;
      };
      return out;
    }();
    return settings;
  }

  loop& shared_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  http_parser parser_{};
  std::string head_, request_;
  clock::time_point since_;
  std::uint64_t bytes_ = 0;
  int lost_ = 0;
  bool open_ = false, waiting_ = false, complete_ = false;
};

void loop::one_is_ready() {
  if (opened < connections.size())
    connections[opened++]->open(true);
  if (++ready < connections.size())
    return;
  started = last_answer = clock::now();
  working = connections.size();
  end.expires_after(what.duration + what.patience);
  end.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled)
      io.stop();
  });
  for (auto& one : connections)
    one->next();
}

void loop::one_is_done() {
  if (--working == 0)
    end.cancel();
}

} // namespace

nlohmann::ordered_json run(const plan& what) {
  loop shared(what);
  for (std::size_t i = 0; i < what.connections; ++i)
    shared.connections.push_back(std::make_unique<connection>(shared, i));
  shared.opened = std::min(handshakes, what.connections);
  for (std::size_t i = 0; i < shared.opened; ++i)
    shared.connections[i]->open(true);
  shared.io.run();
  for (const auto& one : shared.connections)
    if (one->waiting())
      shared.counts.failed("no answer");
  return shared.counts.report(std::chrono::duration<double>(shared.last_answer - shared.started).count());
}

} // namespace easel::load
