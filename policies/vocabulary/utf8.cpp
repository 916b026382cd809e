#include "policies/vocabulary/utf8.hpp"

#include <cstdint>

namespace easel {

namespace {

constexpr std::uint32_t malformed = 0xffffffffu;

/// Reads one code point at the front of `rest` and removes it, or gives `malformed`.
std::uint32_t take_code_point(std::string_view& rest) {
  const auto byte = [&rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const std::uint32_t lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || rest.size() < length)
    return malformed;
  std::uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return malformed;
    point = point << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (overlong || surrogate || point > 0x10ffff)
    return malformed;
  rest.remove_prefix(length);
  return point;
}

/// White_Space of the Unicode character database, controls, and the marks that show nothing by themselves.
bool shows_nothing(std::uint32_t point) {
  if (point <= 0x20)
    return true;
  if (point < 0x7f)
    return false;
  return point <= 0xa0 || point == 0xad || point == 0x1680 || (point >= 0x2000 && point <= 0x200f)
         || (point >= 0x2028 && point <= 0x202f) || (point >= 0x205f && point <= 0x2064) || point == 0x3000
         || point == 0xfeff;
}

} // namespace

std::optional<text_facts> inspect_text(std::string_view text) {
  text_facts facts;
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (point == malformed)
      return std::nullopt;
    ++facts.code_points;
    facts.blank = facts.blank && shows_nothing(point);
    facts.has_nul = facts.has_nul || point == 0;
  }
  return facts;
}

} // namespace easel
