#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace easel::client {

/// Receives what a stream of server-sent events says, piece by piece.
class sse_handler {
public:
  virtual ~sse_handler() = default;
  /// A piece of the event's data, as it arrived; a line end between two data lines comes as "\n". False ends it all.
  virtual bool on_data(std::string_view piece) = 0;
  /// The event is complete: a blank line followed, or the stream ended. Only events with data get here.
  virtual bool on_event() = 0;
};

/// `text/event-stream` (WHATWG HTML, section 9.2.6) without buffering its lines: CR, LF and CRLF end a line, comments
/// and other fields than data are skipped. The JSON of our upstreams names its own type, so `event` is not needed.
///
/// One thing differs from the standard: `finish` also completes an event whose blank line is missing, because a
/// whole final event must not be lost to a relay that saves its last line end.
class sse_parser {
public:
  explicit sse_parser(sse_handler& handler) : handler_(handler) {}

  /// False once the handler wanted no more.
  bool feed(std::string_view piece);
  bool finish();

private:
  enum class mode { field, value_start, data, skip };

  std::size_t take_field(std::string_view text);
  bool end_line();
  void choose_value();

  sse_handler& handler_;
  mode mode_ = mode::field;
  std::string field_;     ///< the name of the field under way, as far as it can matter
  bool after_cr_ = false; ///< a LF that comes now belongs to the line end before it
  bool line_empty_ = true;
  bool has_data_ = false;
  bool first_line_ = true;
  bool done_ = false;
};

} // namespace easel::client
