#include "tools/simulator/connection.hpp"

#include "tools/simulator/journal.hpp"

#include <algorithm>
#include <cctype>

#include <asio/dispatch.hpp>
#include <asio/write.hpp>
#include <sys/socket.h>

namespace easel::simulator {
namespace {

constexpr std::size_t largest_body = 1u << 20, largest_target = 16u << 10, most_headers = 100;
constexpr milliseconds idle_limit{75'000}, request_limit{20'000}, write_limit{60'000}, linger_limit{2'000},
  longest_hang{3'600'000};

connection& self_of(http_parser* p) { return *static_cast<connection*>(p->data); }

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool decode(std::string_view text, bool plus_is_space, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1, low = high < 0 ? -1 : hex_value(text[i + 2]);
      if (low < 0)
        return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

} // namespace

bool read_target(std::string_view target, http_request& out) {
  auto mark = target.find('?');
  if (!decode(target.substr(0, mark), false, out.path) || out.path.empty() || out.path.front() != '/')
    return false;
  auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    auto equals = std::min(pair.find('='), pair.size());
    std::string name, value;
    if (!decode(pair.substr(0, equals), true, name)
        || !decode(pair.substr(std::min(equals + 1, pair.size())), true, value))
      return false;
    out.query[name] = value;
  }
  return true;
}

connection::connection(asio::ip::tcp::socket socket, const request_handler& handler, std::atomic<int>& open)
    : socket_(std::move(socket)),
      handler_(handler),
      open_(open),
      limit_(socket_.get_executor()),
      pause_(socket_.get_executor()) {
  ++open_;
}

connection::~connection() { --open_; }

void connection::start() {
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->expect_request(); });
}

int connection::on_url(http_parser* p, const char* at, std::size_t size) {
  auto& c = self_of(p);
  c.target_.append(at, size);
  return c.target_.size() > largest_target ? 1 : 0;
}

int connection::on_field(http_parser* p, const char* at, std::size_t size) {
  auto& c = self_of(p);
  if (c.in_value_ || c.request_.headers.empty())
    c.request_.headers.emplace_back();
  c.in_value_ = false;
  for (auto ch : std::string_view(at, size))
    c.request_.headers.back().first += static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
  return c.request_.headers.size() > most_headers ? 1 : 0;
}

int connection::on_value(http_parser* p, const char* at, std::size_t size) {
  auto& c = self_of(p);
  c.in_value_ = true;
  c.request_.headers.back().second.append(at, size);
  return 0;
}

int connection::on_body(http_parser* p, const char* at, std::size_t size) {
  auto& c = self_of(p);
  c.too_large_ = c.request_.body.size() + size > largest_body;
  if (!c.too_large_)
    c.request_.body.append(at, size);
  return c.too_large_ ? 1 : 0;
}

int connection::on_headers_complete(http_parser* p) {
  auto& c = self_of(p);
  c.wants_continue_ = c.request_.header("expect") == "100-continue";
  return p->http_major == 1 ? 0 : -1;
}

int connection::on_complete(http_parser* p) {
  auto& c = self_of(p);
  c.message_complete_ = true;
  c.keep_alive_ = http_should_keep_alive(p) != 0;
  c.request_.method = http_method_str(static_cast<http_method>(p->method));
  http_parser_pause(p, 1);
  return 0;
}

const http_parser_settings& connection::callbacks() {
  static const auto all = [] {
    http_parser_settings s{};
    http_parser_settings_init(&s);
    s.on_url = on_url;
    s.on_header_field = on_field;
    s.on_header_value = on_value;
    s.on_headers_complete = on_headers_complete;
    s.on_body = on_body;
    s.on_message_complete = on_complete;
    return s;
  }();
  return all;
}

void connection::expect_request() {
  http_parser_init(&parser_, HTTP_REQUEST);
  parser_.data = this;
  request_ = {};
  target_.clear();
  in_value_ = message_complete_ = too_large_ = wants_continue_ = false;
  arm(idle_limit);
  if (pending_.empty())
    read_some();
  else
    on_read(0);
}

void connection::read_some() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](asio::error_code ec, std::size_t size) {
    if (ec)
      self->close();
    else
      self->on_read(size);
  });
}

void connection::on_read(std::size_t size) {
  bool first = target_.empty();
  pending_.append(input_.data(), size);
  auto used = http_parser_execute(&parser_, &callbacks(), pending_.data(), pending_.size());
  pending_.erase(0, used);
  auto error = HTTP_PARSER_ERRNO(&parser_);
  if (too_large_)
    return refuse(413, "request body is larger than 1 MiB");
  if (parser_.upgrade != 0 || (error != HPE_OK && error != HPE_PAUSED))
    return refuse(400, "malformed request");
  if (message_complete_)
    return dispatch();
  if (first && !target_.empty())
    arm(request_limit);
  if (std::exchange(wants_continue_, false)) {
    asio::error_code ignored; // the socket's buffer is empty here, so this does not block
    asio::write(socket_, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), ignored);
  }
  read_some();
}

void connection::dispatch() {
  if (!read_target(target_, request_))
    return refuse(400, "malformed target");
  limit_.cancel();
  playing_ = true;
  watch_client();
  auto take = [self = shared_from_this()](script s) {
    auto shared = std::make_shared<script>(std::move(s));
    asio::dispatch(self->socket_.get_executor(), [self, shared] { self->play(std::move(*shared)); });
  };
  handler_(std::move(request_), std::move(take));
}

void connection::refuse(int status, const char* why) {
  auto s = to_script(json_answer(status, json{{"error", {{"message", why}}}}.dump()));
  s.end = ending::close;
  playing_ = true;
  play(std::move(s));
}

void connection::arm(milliseconds limit) {
  limit_.expires_after(limit);
  limit_.async_wait([weak = weak_from_this()](asio::error_code ec) {
    if (auto self = weak.lock(); self != nullptr && !ec)
      self->close();
  });
}

void connection::play(script s) {
  if (!playing_ || !socket_.is_open())
    return; // the client went away while its answer was being made
  script_ = std::move(s);
  if (script_.end == ending::keep_alive && !keep_alive_)
    script_.end = ending::close;
  at_piece_ = at_segment_ = at_byte_ = sent_ = 0;
  next_piece();
}

void connection::next_piece() {
  if (at_piece_ == script_.pieces.size() || sent_ >= script_.cut_after)
    return finish();
  at_segment_ = at_byte_ = 0;
  auto wait = script_.pieces[at_piece_].after;
  if (wait.count() == 0)
    return write_some();
  pause_.expires_after(wait);
  pause_.async_wait([self = shared_from_this()](asio::error_code ec) {
    if (!ec && self->playing_)
      self->write_some();
  });
}

void connection::write_some() {
  const auto& data = script_.pieces[at_piece_].data;
  auto room = script_.cut_after - sent_;
  if (script_.drip_bytes != 0)
    room = std::min(room, script_.drip_bytes);
  std::vector<asio::const_buffer> buffers;
  for (auto i = at_segment_; i < data.size() && room != 0; ++i) {
    auto from = i == at_segment_ ? at_byte_ : 0;
    auto size = std::min(data[i]->size() - from, room);
    buffers.emplace_back(data[i]->data() + from, size);
    room -= size;
  }
  if (asio::buffer_size(buffers) == 0) {
    ++at_piece_;
    return next_piece();
  }
  arm(write_limit);
  asio::async_write(socket_, buffers, [self = shared_from_this(), held = data](asio::error_code ec, std::size_t size) {
    if (!self->playing_)
      return; // the client went away meanwhile, and the script with it
    self->limit_.cancel();
    if (self->script_.of)
      self->script_.of->sent(size);
    if (ec)
      return self->end(ending::close);
    self->on_written(size);
  });
}

void connection::on_written(std::size_t size) {
  sent_ += size;
  const auto& data = script_.pieces[at_piece_].data;
  while (size != 0) {
    auto here = std::min(size, data[at_segment_]->size() - at_byte_);
    at_byte_ += here;
    size -= here;
    if (at_byte_ == data[at_segment_]->size()) {
      ++at_segment_;
      at_byte_ = 0;
    }
  }
  if (at_segment_ == data.size()) {
    ++at_piece_;
    return next_piece();
  }
  if (sent_ >= script_.cut_after)
    return finish();
  pause_.expires_after(script_.drip_every);
  pause_.async_wait([self = shared_from_this()](asio::error_code ec) {
    if (!ec && self->playing_)
      self->write_some();
  });
}

void connection::finish() {
  if (script_.end != ending::keep_alive)
    return end(script_.end);
  playing_ = false;
  script_ = {};
  expect_request();
}

/// Notices a client that hangs up while its answer is being made.
void connection::watch_client() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](asio::error_code ec) {
    if (ec || !self->playing_)
      return;
    char byte = 0;
    auto got = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0)
      return; // the next request, early
    if (self->script_.of)
      self->script_.of->client_gone();
    self->end(ending::close);
  });
}

void connection::end(ending how) {
  if (how == ending::hang) {
    arm(longest_hang);
    return; // watch_client() keeps it until the client gives up
  }
  if (how == ending::reset && socket_.is_open()) {
    asio::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  if (how == ending::close && socket_.is_open()) {
    asio::error_code failed;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    pause_.cancel();
    playing_ = false;
    script_ = {};
    if (!failed) {
      arm(linger_limit);
      return drain();
    }
  }
  close();
}

/// Closing with bytes unread would reset the connection and could destroy the answer on its way.
void connection::drain() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](asio::error_code ec, std::size_t) {
    if (ec)
      self->close();
    else
      self->drain();
  });
}

void connection::close() {
  asio::error_code ignored;
  limit_.cancel();
  pause_.cancel();
  socket_.close(ignored);
  playing_ = false;
  script_ = {};
}

} // namespace easel::simulator
