#pragma once

#include "http/client/curl_transport.hpp"

#include <curl/curl.h>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace easel::client {

class curl_loop;

/// Counters by recipient, written by the transport's thread, read by any.
class egress_ledger {
public:
  void called(recipient to, const std::string& host);
  void refused(recipient to);
  void connected(recipient to, const std::string& host);
  void refused_mail(recipient to);
  [[nodiscard]] std::map<recipient, egress_counters> snapshot() const;

private:
  mutable std::mutex mutex_;
  std::map<recipient, egress_counters> counters_;
};

/// One easy handle and the call that it carries. Handles are reused; what never changes is set once.
/// Lives on the transport's thread.
class curl_exchange {
public:
  using clock = std::chrono::steady_clock;

  curl_exchange(const curl_settings& settings, egress_ledger& ledger, curl_loop& loop);
  ~curl_exchange();
  curl_exchange(const curl_exchange&) = delete;
  curl_exchange& operator=(const curl_exchange&) = delete;

  /// False when the call cannot be made as it stands; `release` the sink then.
  [[nodiscard]] bool prepare(http_call call, std::unique_ptr<response_sink> sink, url_target target);

  [[nodiscard]] CURL* handle() const { return easy_; }
  [[nodiscard]] static curl_exchange* of(CURL* easy);

  /// When the silence limit passes unless something arrives; nothing when the total limit comes first.
  [[nodiscard]] std::optional<clock::time_point> idle_deadline() const;

  /// How the transfer ended, from libcurl's result and what the callbacks decided before.
  [[nodiscard]] wire_end ended(CURLcode result) const;
  /// Whether any byte of the request may have left this machine.
  [[nodiscard]] bool request_left() const;

  /// Gives back the sink and forgets the call.
  [[nodiscard]] std::unique_ptr<response_sink> release();

private:
  void set_constant_options();
  bool set_body();
  bool set_headers();
  bool take_header_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  bool finish_head();
  bool take_body(std::string_view piece);
  bool open_socket(const curl_sockaddr& address, curl_socket_t& opened);

  // What libcurl calls. No exception leaves them: its frames in between are C.
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close_socket(void* loop, curl_socket_t socket);

  const curl_settings& settings_;
  egress_ledger& ledger_;
  curl_loop& loop_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;

  http_call call_;
  std::unique_ptr<response_sink> sink_;
  url_target target_;
  response_head head_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  bool head_delivered_ = false;
  clock::time_point last_activity_;
  std::optional<wire_end> verdict_; ///< set by a callback that broke the transfer off
};

} // namespace easel::client
