#pragma once

#include "actors/front_door.hpp"
#include "http/server/cookies.hpp"
#include "policies/address_table.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One HTTP request and its single answer, without the web library: handlers see only this.
namespace easel::server {

struct header {
  std::string name;
  std::string value;
};

/// Status line and headers of an answer. What every answer carries (x-request-id, security headers) is added on
/// the way out; a header given here wins over those.
struct answer_head {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<header> headers;
  std::vector<set_cookie> cookies{};
};

/// A stretch of a body: text, then bytes, base64-encoded while they are sent if so marked.
struct segment {
  std::string text;
  blob bytes; ///< may be null
  bool base64 = false;
};

/// Length on the wire.
[[nodiscard]] std::uint64_t wire_length(const segment& part);
[[nodiscard]] std::uint64_t wire_length(const std::vector<segment>& body);

/// How a response ended: true when its last byte was handed to the peer's socket without an error.
/// Called exactly once, on an HTTP thread; must not block.
using written = std::function<void(bool complete)>;

/// An open response of unknown length; of events, kept alive by comment lines (`: ping`). Any thread.
/// Dropped unfinished, a stream of events ends where it is, and a body is broken off.
class event_stream {
public:
  virtual ~event_stream() = default;
  /// One whole event. False: the reader is gone, or so slow that the stream was ended with its overflow event.
  virtual bool push(std::vector<segment> event) = 0;
  virtual void finish(written done) = 0;
  /// For what cannot be completed: the connection closes without the last chunk, so that no client of HTTP takes the
  /// answer for whole. What waits is not sent. Nothing happens after `finish`.
  virtual void break_off() = 0;
};

struct stream_options {
  duration heartbeat = std::chrono::seconds(10);
  int backlog = 64;           ///< events waiting to be sent
  std::string overflow_event; ///< the last thing that a reader who fell behind is told
};

/// How the asker expects to be told of an error.
enum class surface {
  openai, ///< {"error":{message,type,param,code}}
  native, ///< application/problem+json (RFC 9457)
  page,   ///< an HTML page for a person
};

/// Answered exactly once, from any thread; one that is dropped unanswered answers 500.
/// Views stay valid until it is answered.
class exchange {
public:
  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  virtual ~exchange() = default;

  [[nodiscard]] virtual const std::string& request_id() const = 0; ///< `req_…`
  [[nodiscard]] virtual std::string_view method() const = 0;       ///< as sent, upper case
  [[nodiscard]] virtual std::string_view target() const = 0;       ///< as sent; never logged
  [[nodiscard]] virtual std::string_view body() const = 0;
  /// The first field of this name, in any case.
  [[nodiscard]] virtual std::optional<std::string_view> field(std::string_view name) const = 0;
  virtual void each_field(const std::function<void(std::string_view name, std::string_view value)>& see) const = 0;

  virtual void send(answer_head head, std::vector<segment> body, written done = {}) = 0;
  [[nodiscard]] virtual std::shared_ptr<event_stream> open_stream(answer_head head, stream_options options) = 0;
  /// The same for a body that is made as fast as it is read: no comment lines, and `hungry` is called on an HTTP
  /// thread, not blocking, each time that all that was pushed is written. Not for HEAD.
  [[nodiscard]] virtual std::shared_ptr<event_stream> open_body(answer_head head, std::function<void()> hungry) = 0;

  void send(answer_head head, std::string body) {
    std::vector<segment> parts;
    parts.push_back({std::move(body), nullptr, false});
    send(std::move(head), std::move(parts));
  }

  // What routing found out; set once, before the handler runs.
  surface speaks = surface::native;
  std::string route = "-"; ///< the template, "GET /v1/generations/{id}": what the access log may show
  std::string_view path;   ///< the target without query and trailing slash
  std::string_view query;

  bool closes = false; ///< the connection ends with the answer: what follows may be anything

  policies::address_block client;               ///< who asks, as limits count it
  std::optional<policies::quota> address_quota; ///< what that address has left, when it was counted

  /// What the actors find out about this call.
  const std::shared_ptr<actors::call_notes> notes = std::make_shared<actors::call_notes>();
};

using exchange_ptr = std::shared_ptr<exchange>;

/// Called on an HTTP thread after the answer ended, well or not, with what TECH-1 allows to be logged of it; must not
/// block.
using access_sink = std::function<void(persistence::access_record)>;

/// 303: go on there with GET (RFC 9110, section 15.4.4).
inline void see_other(exchange& asked, std::string where, std::vector<set_cookie> cookies = {}) {
  asked.send({303, "", {{"Location", std::move(where)}}, std::move(cookies)}, std::string());
}

} // namespace easel::server
