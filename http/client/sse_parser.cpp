#include "http/client/sse_parser.hpp"

#include "http/client/scan.hpp"

namespace easel::client {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t longest_field = byte_order_mark.size() + 4; // "data"

} // namespace

bool sse_parser::feed(std::string_view piece) {
  while (!done_ && !piece.empty()) {
    const char c = piece.front();
    if (c == '\n' && after_cr_) {
      after_cr_ = false;
      piece.remove_prefix(1);
      continue;
    }
    after_cr_ = c == '\r';
    if (c == '\n' || c == '\r') {
      piece.remove_prefix(1);
      done_ = !end_line();
      continue;
    }
    line_empty_ = false;
    if (mode_ == mode::field) {
      piece.remove_prefix(take_field(piece));
      continue;
    }
    if (mode_ == mode::value_start) {
      mode_ = mode::data;
      if (c == ' ') { // one leading space is not part of the value
        piece.remove_prefix(1);
        continue;
      }
    }
    const auto run = up_to('\n', '\r', piece);
    if (mode_ == mode::data)
      done_ = !handler_.on_data(run);
    piece.remove_prefix(run.size());
  }
  return !done_;
}

std::size_t sse_parser::take_field(std::string_view text) {
  const auto run = text.substr(0, text.find_first_of(":\r\n"));
  if (field_.size() <= longest_field)
    field_.append(run.substr(0, longest_field + 1));
  if (run.size() == text.size() || text[run.size()] != ':')
    return run.size();
  choose_value();
  return run.size() + 1;
}

/// The name of a field is complete. A comment is a field without a name.
void sse_parser::choose_value() {
  if (first_line_ && field_.rfind(byte_order_mark, 0) == 0)
    field_.erase(0, byte_order_mark.size());
  if (field_ != "data") {
    mode_ = mode::skip;
    return;
  }
  if (has_data_)
    done_ = !handler_.on_data("\n");
  has_data_ = true;
  mode_ = mode::value_start;
}

bool sse_parser::end_line() {
  if (mode_ == mode::field && !line_empty_)
    choose_value(); // a name without a colon has an empty value
  mode_ = mode::field;
  field_.clear();
  first_line_ = false;
  const bool blank = line_empty_;
  line_empty_ = true;
  if (!blank || !has_data_)
    return !done_;
  has_data_ = false;
  return handler_.on_event();
}

bool sse_parser::finish() {
  if (done_ || !has_data_)
    return !done_;
  has_data_ = false;
  done_ = !handler_.on_event();
  return !done_;
}

} // namespace easel::client
