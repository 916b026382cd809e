#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  explicit raw_client(std::uint16_t port, int receive_buffer = 0);
  explicit raw_client(const std::string& path);
  raw_client(raw_client&&) noexcept;
  raw_client& operator=(raw_client&&) noexcept;
  ~raw_client();

  void send(std::string_view bytes);
  /// The server may close while it is being sent to.
  void send_whatever_is_taken(std::string_view bytes);

  /// Reads one response. `without_body`: it answers a HEAD, or is a 304.
  raw_response read(bool without_body = false);
  /// Only the head of a response whose body goes on.
  raw_response read_head() { return read(true); }
  /// The data of the next chunk; empty at the end.
  std::string read_chunk();
  bool at_end();
  /// Whether the connection ended in the middle of something that was being read.
  [[nodiscard]] bool is_cut_off() const { return cut_off_; }

  /// Ends the connection with a reset, as a killed client does.
  void hang_up();

private:
  std::string read_chunks();
  std::string read_until(std::string_view mark);
  std::string take(std::size_t size);

  struct connection; ///< asio's headers take longer to read than most tests
  std::unique_ptr<connection> connection_;
  std::string buffered_;
  bool cut_off_ = false;
};

/// A well-formed request with Host and Content-Length.
[[nodiscard]] std::string request_text(std::string_view method, std::string_view target, std::string_view fields = {},
                                       std::string_view body = {});

} // namespace easel::tests
