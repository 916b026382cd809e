#include "policies/vocabulary/utf8.hpp"

#include <algorithm>
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

bool is_space(std::uint32_t point) {
  return point == ' ' || (point >= '\t' && point <= '\r') || point == 0x85 || point == 0xa0 || point == 0x1680
         || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f
         || point == 0x205f || point == 0x3000;
}

/// Persian and Indic scripts and joined emoji spell with these.
bool is_joiner(std::uint32_t point) { return point == 0x200c || point == 0x200d; }

/// What is left at the end when there is nothing to join or to part any more.
void drop_loose_end(std::string& text) {
  for (;;) {
    const auto end = std::string_view(text).substr(text.size() - std::min<std::size_t>(text.size(), 3));
    if (end == "\u200c" || end == "\u200d")
      text.resize(text.size() - 3);
    else if (!text.empty() && text.back() == ' ')
      text.pop_back();
    else
      return;
  }
}

/// Controls, embeddings, isolates and their like, interlinear annotations, tags, noncharacters.
bool is_unfit(std::uint32_t point) {
  return shows_nothing(point) || (point >= 0x2065 && point <= 0x206f) || point == 0x61c
         || (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f)
         || (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
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

std::optional<std::string> one_line(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t points = 0;
  bool gap = false;
  while (!text.empty()) {
    const auto from = text;
    const auto point = take_code_point(text);
    if (point == malformed)
      return std::nullopt;
    gap = gap || is_space(point);
    if (is_space(point) || (is_joiner(point) ? out.empty() : is_unfit(point)))
      continue;
    const std::size_t more = gap && !out.empty() ? 2 : 1;
    if (points + more > most) {
      points = most; // what follows is only read: it has to be UTF-8 too
      continue;
    }
    out.append(more - 1, ' ').append(from.substr(0, from.size() - text.size()));
    points += more;
    gap = false;
  }
  drop_loose_end(out);
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

} // namespace easel
