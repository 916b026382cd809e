#include "raw_client.hpp"

#include <asio.hpp>

#include <cctype>

namespace easel::tests {

struct raw_client::connection {
  asio::io_context io;
  asio::generic::stream_protocol::socket socket{io};
};

namespace {

void parse_head(std::string_view head, raw_response& out) {
  out.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (head.size() > 2) {
    const auto end = head.find("\r\n");
    const auto colon = head.find(':');
    std::string name(head.substr(0, colon));
    for (char& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out.headers.emplace(std::move(name), head.substr(colon + 2, end - colon - 2));
    head.remove_prefix(end + 2);
  }
}

} // namespace

raw_client::raw_client(std::uint16_t port, int receive_buffer) : connection_(std::make_unique<connection>()) {
  auto& socket = connection_->socket;
  socket.open(asio::ip::tcp::v4());
  if (receive_buffer > 0)
    socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer));
  socket.connect(asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
}

raw_client::raw_client(const std::string& path) : connection_(std::make_unique<connection>()) {
  connection_->socket.connect(asio::local::stream_protocol::endpoint(path));
}

raw_client::raw_client(raw_client&&) noexcept = default;
raw_client& raw_client::operator=(raw_client&&) noexcept = default;
raw_client::~raw_client() = default;

void raw_client::send(std::string_view bytes) {
  asio::write(connection_->socket, asio::buffer(bytes.data(), bytes.size()));
}

void raw_client::send_whatever_is_taken(std::string_view bytes) {
  asio::error_code ignored;
  asio::write(connection_->socket, asio::buffer(bytes.data(), bytes.size()), ignored);
}

raw_response raw_client::read(bool without_body) {
  raw_response out;
  const std::string head = read_until("\r\n\r\n");
  if (head.empty()) {
    out.closed = true;
    return out;
  }
  parse_head(head, out);
  if (without_body)
    return out;
  if (out.header("transfer-encoding") == "chunked")
    out.body = read_chunks();
  else
    out.body = take(std::stoul("0" + out.header("content-length")));
  return out;
}

std::string raw_client::read_chunk() {
  const std::string line = read_until("\r\n");
  const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
  std::string data = take(size);
  take(2);
  return data;
}

bool raw_client::at_end() {
  char c = 0;
  asio::error_code ec;
  return buffered_.empty() && asio::read(connection_->socket, asio::buffer(&c, 1), ec) == 0;
}

void raw_client::hang_up() {
  connection_->socket.set_option(asio::socket_base::linger(true, 0));
  connection_->socket.close();
}

std::string raw_client::read_chunks() {
  std::string body;
  for (std::string chunk = read_chunk(); !chunk.empty(); chunk = read_chunk())
    body += chunk;
  return body;
}

std::string raw_client::read_until(std::string_view mark) {
  asio::error_code ec;
  const auto n = asio::read_until(connection_->socket, asio::dynamic_buffer(buffered_), mark, ec);
  if (ec) {
    cut_off_ = true;
    return {};
  }
  std::string out = buffered_.substr(0, n);
  buffered_.erase(0, n);
  return out;
}

std::string raw_client::take(std::size_t size) {
  if (buffered_.size() < size) {
    const auto have = buffered_.size();
    buffered_.resize(size);
    asio::error_code ec;
    const auto got = asio::read(connection_->socket, asio::buffer(buffered_.data() + have, size - have), ec);
    buffered_.resize(have + got);
    cut_off_ = cut_off_ || buffered_.size() < size;
  }
  std::string out = buffered_.substr(0, size);
  buffered_.erase(0, out.size());
  return out;
}

std::string request_text(std::string_view method, std::string_view target, std::string_view fields,
                         std::string_view body) {
  std::string out = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: test\r\n";
  out += fields;
  if (!body.empty() || method == "POST")
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + std::string(body);
}

} // namespace easel::tests
