#pragma once

#include <asio.hpp>

#include <map>
#include <string>
#include <string_view>

/// A client that sends exactly the bytes it is told and reads what comes, so that tests can be rude.
namespace easel::tests {

struct raw_response {
  int status = 0;
  std::multimap<std::string, std::string> headers; ///< names in lower case
  std::string body;                                ///< chunks joined
  bool closed = false;                             ///< nothing at all came before the connection ended

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string() : it->second;
  }
};

class raw_client {
public:
  explicit raw_client(std::uint16_t port, int receive_buffer = 0) {
    socket_.open(asio::ip::tcp::v4());
    if (receive_buffer > 0)
      socket_.set_option(asio::socket_base::receive_buffer_size(receive_buffer));
    socket_.connect(asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }
  explicit raw_client(const std::string& path) { socket_.connect(asio::local::stream_protocol::endpoint(path)); }

  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }
  /// The server may close while it is being sent to.
  void send_whatever_is_taken(std::string_view bytes) {
    asio::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
  }

  /// Reads one response. `without_body`: it answers a HEAD, or is a 304.
  raw_response read(bool without_body = false) {
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

  /// Only the head of a response whose body goes on.
  raw_response read_head() { return read(true); }

  /// The data of the next chunk; empty at the end.
  std::string read_chunk() {
    const std::string line = read_until("\r\n");
    const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
    std::string data = take(size);
    take(2);
    return data;
  }

  bool at_end() {
    char c = 0;
    asio::error_code ec;
    return buffered_.empty() && asio::read(socket_, asio::buffer(&c, 1), ec) == 0;
  }

  /// Ends the connection with a reset, as a killed client does.
  void hang_up() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

private:
  static void parse_head(std::string_view head, raw_response& out) {
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

  std::string read_chunks() {
    std::string body;
    for (std::string chunk = read_chunk(); !chunk.empty(); chunk = read_chunk())
      body += chunk;
    return body;
  }

  std::string read_until(std::string_view mark) {
    asio::error_code ec;
    const auto n = asio::read_until(socket_, asio::dynamic_buffer(buffered_), mark, ec);
    if (ec)
      return {};
    std::string out = buffered_.substr(0, n);
    buffered_.erase(0, n);
    return out;
  }

  std::string take(std::size_t size) {
    if (buffered_.size() < size) {
      const auto have = buffered_.size();
      buffered_.resize(size);
      asio::error_code ec;
      const auto got = asio::read(socket_, asio::buffer(buffered_.data() + have, size - have), ec);
      buffered_.resize(have + got);
    }
    std::string out = buffered_.substr(0, size);
    buffered_.erase(0, out.size());
    return out;
  }

  asio::io_context io_;
  asio::generic::stream_protocol::socket socket_{io_};
  std::string buffered_;
};

/// A well-formed request with Host and Content-Length.
[[nodiscard]] inline std::string request_text(std::string_view method, std::string_view target,
                                              std::string_view fields = {}, std::string_view body = {}) {
  std::string out = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: test\r\n";
  out += fields;
  if (!body.empty() || method == "POST")
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + std::string(body);
}

} // namespace easel::tests
