#include "http/client/json_image_filter.hpp"

#include "http/client/scan.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace easel::client {
namespace {

constexpr std::string_view image_key = "b64_json";
constexpr std::string_view url_key = "url";
constexpr std::string_view data_scheme = "data:";
constexpr std::size_t longest_scheme = 128; ///< of what stands before the comma of a data: URL

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view plain_run(std::string_view text) { return up_to('"', '\\', text); }

/// The ASCII character that an escape sequence stands for; '\0' for any other.
char unescape(std::string_view sequence) {
  switch (sequence.front()) {
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  case '/':
  case '\\':
  case '"':
    return sequence.front();
  case 'u':
    break;
  default:
    return '\0';
  }
  unsigned code = 0;
  for (const char c : sequence.substr(1)) {
    const auto* digits = "0123456789abcdef";
    const auto* digit = std::strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    if (c == '\0' || digit == nullptr)
      return '\0';
    code = code * 16 + static_cast<unsigned>(digit - digits);
  }
  return code < 0x80 ? static_cast<char>(code) : '\0';
}

} // namespace

bool json_image_filter::fail(state why) {
  state_ = why;
  return false;
}

void json_image_filter::reset() { *this = json_image_filter(limits_); }

bool json_image_filter::feed(std::string_view piece) {
  while (state_ == state::good && !piece.empty()) {
    std::size_t taken = 0;
    if (escaped_)
      taken = take_escape(piece);
    else if (mode_ == mode::plain)
      taken = take_plain(piece);
    else if (mode_ == mode::string)
      taken = take_string(piece);
    else
      taken = take_image(piece);
    piece.remove_prefix(taken);
  }
  return state_ == state::good;
}

bool json_image_filter::copy(std::string_view text) {
  if (skeleton_.size() + text.size() > limits_.max_skeleton)
    return fail(state::too_large);
  skeleton_.append(text);
  return true;
}

std::size_t json_image_filter::take_plain(std::string_view text) {
  std::size_t i = 0;
  for (; i < text.size() && mode_ == mode::plain; ++i) {
    const char c = text[i];
    if (is_blank(c)) {
      blank_ = begun_;
      continue;
    }
    begun_ = true;
    if (blank_ && !copy(" "))
      break;
    blank_ = false;
    if (c == '"')
      open_string();
    else if (!take_structure(c) || !copy({&c, 1}))
      break;
  }
  return i;
}

bool json_image_filter::take_structure(char c) {
  switch (c) {
  case '{':
  case '[':
    if (++depth_ > std::min(limits_.max_depth, 63))
      return fail(state::bad_nesting);
    objects_ = c == '{' ? objects_ | (1ull << depth_) : objects_ & ~(1ull << depth_);
    key_next_ = c == '{';
    key_.clear();
    return true;
  case '}':
  case ']':
    if (depth_ == 0 || ((objects_ >> depth_ & 1) != 0) != (c == '}'))
      return fail(state::bad_nesting);
    --depth_;
    key_next_ = false;
    key_.clear();
    return true;
  case ',':
    key_next_ = (objects_ >> depth_ & 1) != 0;
    key_.clear();
    return true;
  case ':':
    key_next_ = false;
    return true;
  default:
    return true;
  }
}

void json_image_filter::open_string() {
  in_key_ = key_next_;
  if (in_key_)
    key_.clear();
  mode_ = mode::string;
  copy("\"");
  if (in_key_)
    return;
  if (key_ == image_key)
    begin_image();
  else if (key_ == url_key)
    mode_ = mode::url;
  url_.clear();
}

void json_image_filter::close_string() {
  if (mode_ == mode::image)
    finish_image();
  else if (mode_ == mode::url)
    copy(url_);
  else if (mode_ == mode::scheme)
    fail(state::bad_base64);
  if (!in_key_)
    key_.clear();
  key_next_ = false;
  mode_ = mode::plain;
  copy("\"");
}

std::size_t json_image_filter::take_string(std::string_view text) {
  const auto run = plain_run(text);
  copy(run);
  if (in_key_ && key_.size() <= image_key.size()) // a longer key is none of ours, whatever follows
    key_.append(run.substr(0, image_key.size() + 1));
  if (run.size() == text.size())
    return run.size();
  if (text[run.size()] == '"') {
    close_string();
  } else {
    copy("\\");
    escaped_ = true;
    escape_.clear();
  }
  return run.size() + 1;
}

/// For strings that are copied the escape is copied as it is; for those that are decoded it is resolved.
std::size_t json_image_filter::take_escape(std::string_view text) {
  const std::size_t wanted = !escape_.empty() ? 5 : text.front() == 'u' ? 5 : 1;
  const auto part = text.substr(0, wanted - escape_.size());
  escape_.append(part);
  if (escape_.size() < wanted)
    return part.size();
  escaped_ = false;
  if (mode_ == mode::string) {
    copy(escape_);
    if (in_key_)
      key_ = "\\"; // no key that needs an escape is ours
    return part.size();
  }
  const char c = unescape(escape_);
  if (mode_ == mode::url && !extends_scheme(c))
    become_link("\\" + escape_);
  else if (c == '\0')
    fail(state::bad_base64);
  else
    take_unescaped(c);
  return part.size();
}

std::size_t json_image_filter::take_image(std::string_view text) {
  if (text.front() == '"')
    close_string();
  else if (text.front() == '\\') {
    escaped_ = true;
    escape_.clear();
  } else if (mode_ == mode::image) {
    const auto run = plain_run(text);
    decode(run);
    return run.size();
  } else if (mode_ == mode::url && !extends_scheme(text.front())) {
    become_link(text.substr(0, 1));
  } else {
    take_unescaped(text.front());
  }
  return 1;
}

bool json_image_filter::extends_scheme(char c) const {
  return url_.size() < data_scheme.size() && data_scheme[url_.size()] == c;
}

/// The value is an ordinary link: what was held back of it is copied, then `next` as it stood in the text.
void json_image_filter::become_link(std::string_view next) {
  mode_ = mode::string;
  copy(url_);
  copy(next);
}

/// One character of a value that is, or may turn out to be, an image.
void json_image_filter::take_unescaped(char c) {
  if (mode_ == mode::image) {
    if (c != '\n' && c != '\r') // wrapped lines
      decode({&c, 1});
  } else if (mode_ == mode::scheme) {
    if (c == ',')
      begin_image();
    else if (url_.push_back(c); url_.size() > longest_scheme)
      fail(state::bad_base64);
  } else {
    url_.push_back(c);
    if (url_ == data_scheme) {
      copy(url_);
      mode_ = mode::scheme;
    }
  }
}

void json_image_filter::begin_image() {
  if (images_.size() == limits_.max_images) {
    fail(state::too_large);
    return;
  }
  copy(std::to_string(images_.size()));
  images_.emplace_back();
  decoder_ = {};
  mode_ = mode::image;
}

void json_image_filter::decode(std::string_view text) {
  auto& image = images_.back();
  if (image_bytes_ + image.size() + text.size() / 4 * 3 > limits_.max_image_bytes)
    fail(state::too_large);
  else if (!decoder_.feed(text, image))
    fail(state::bad_base64);
}

void json_image_filter::finish_image() {
  if (!decoder_.finish())
    fail(state::bad_base64);
  image_bytes_ += images_.back().size();
}

} // namespace easel::client
