#include "policies/vocabulary/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace easel {

namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two characters for every 12 bits, so that three bytes cost two look-ups. 8 KiB: it stays in the first-level cache.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t bits = 0; bits < table.size(); ++bits)
    table[bits] = {alphabet[bits >> 6], alphabet[bits & 63]};
  return table;
}();

/// Any bit above the 24 of a group says that one of its characters is no digit.
constexpr std::uint32_t no_base64_digit = 0x80000000u;

/// The value of a character at each of the four places of a group, already shifted into place: a group is the
/// bitwise or of four look-ups, and one test finds any foreign character in it.
constexpr auto values = [] {
  std::array<std::array<std::uint32_t, 256>, 4> table{};
  for (auto& place : table)
    place.fill(no_base64_digit);
  for (std::uint32_t digit = 0; digit < 64; ++digit)
    for (std::uint32_t place = 0; place < 4; ++place)
      table[place][static_cast<unsigned char>(alphabet[digit])] = digit << (18 - 6 * place);
  return table;
}();

/// Work goes through a buffer on the stack: appending from the cache writes the result once, whereas growing a
/// string first would fill it with zeros before it is written.
constexpr std::size_t groups_at_once = 2048;

std::size_t encode_groups(const unsigned char* in, std::size_t groups, char* out) {
  for (std::size_t i = 0; i < groups; ++i, in += 3, out += 4) {
    std::memcpy(out, pairs[static_cast<std::size_t>(in[0] << 4 | in[1] >> 4)].data(), 2);
    std::memcpy(out + 2, pairs[static_cast<std::size_t>((in[1] & 15) << 8 | in[2])].data(), 2);
  }
  return groups * 4;
}

/// The last one or two bytes, padded.
void append_rest(std::string& out, const unsigned char* in, std::size_t size) {
  const std::array<unsigned char, 3> group{in[0], size == 2 ? in[1] : static_cast<unsigned char>(0), 0};
  std::array<char, 4> text{};
  encode_groups(group.data(), 1, text.data());
  out.append(text.data(), size + 1).append(3 - size, '=');
}

/// How many of up to `groups` whole groups were decoded; it stops at the first that holds anything but digits.
std::size_t decode_groups(const unsigned char* in, std::size_t groups, char* out) {
  for (std::size_t i = 0; i < groups; ++i, in += 4, out += 3) {
    const std::uint32_t bits = values[0][in[0]] | values[1][in[1]] | values[2][in[2]] | values[3][in[3]];
    if ((bits & no_base64_digit) != 0)
      return i;
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
  }
  return groups;
}

/// Decodes whole groups for as long as they hold digits only. Returns the characters consumed.
std::size_t append_whole_groups(std::string_view text, std::string& out) {
  std::array<char, groups_at_once * 3> block;
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size() / 4;
  out.reserve(out.size() + left * 3);
  while (left > 0) {
    const auto wanted = std::min(left, groups_at_once);
    const auto done = decode_groups(in, wanted, block.data());
    out.append(block.data(), done * 3);
    in += done * 4;
    left -= done;
    if (done < wanted)
      break;
  }
  return text.size() / 4 * 4 - left * 4;
}

} // namespace

void append_base64(std::string& out, std::string_view bytes) {
  std::array<char, groups_at_once * 4> block;
  out.reserve(out.size() + base64_length(bytes.size()));
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left >= 3) {
    const auto groups = std::min(left / 3, groups_at_once);
    out.append(block.data(), encode_groups(in, groups, block.data()));
    in += groups * 3;
    left -= groups * 3;
  }
  if (left > 0)
    append_rest(out, in, left);
}

bool base64_decoder::feed(std::string_view text, std::string& out) {
  while (!bad_ && !text.empty()) {
    if (held_ == 0 && padding_ == 0)
      text.remove_prefix(append_whole_groups(text, out));
    // What is left begins with a group that is cut, padded or wrong: character by character up to its end.
    do {
      if (text.empty())
        break;
      bad_ = !take_character(static_cast<unsigned char>(text.front()), out);
      text.remove_prefix(1);
    } while (!bad_ && held_ != 0);
  }
  return !bad_;
}

bool base64_decoder::take_character(unsigned char c, std::string& out) {
  if (c == '=') {
    if (held_ < 2)
      return false;
    ++padding_;
  } else {
    if (padding_ > 0 || (values[3][c] & no_base64_digit) != 0)
      return false;
    pending_ |= values[static_cast<std::size_t>(held_)][c];
  }
  return ++held_ < 4 || close_group(out);
}

bool base64_decoder::close_group(std::string& out) {
  const std::array<char, 3> bytes{static_cast<char>(pending_ >> 16), static_cast<char>(pending_ >> 8),
                                  static_cast<char>(pending_)};
  const unsigned unused = padding_ == 2 ? 0xffffu : padding_ == 1 ? 0xffu : 0u;
  if ((pending_ & unused) != 0)
    return false;
  out.append(bytes.data(), static_cast<std::size_t>(3 - padding_));
  pending_ = 0;
  held_ = 0;
  return true;
}

bool base64_decoder::finish() const { return !bad_ && held_ == 0; }

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  base64_decoder decoder;
  if (!decoder.feed(text, out) || !decoder.finish())
    return std::nullopt;
  return out;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  text.resize(text.size() - (3 - bytes.size() % 3) % 3);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1 || text.find_first_of("+/=") != std::string_view::npos)
    return std::nullopt;
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - text.size() % 4) % 4, '=');
  return decode_base64(padded);
}

} // namespace easel
