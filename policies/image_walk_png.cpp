#include "policies/image_walks.hpp"

#include "policies/vocabulary/crc32.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

constexpr std::uint32_t largest = 0x7fffffff; ///< of a chunk's length, and of either edge

struct png_chunk {
  std::string_view type;
  std::string_view data;
  std::string_view covered; ///< type and data: what the checksum covers
  std::uint32_t checksum = 0;
};

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// The case of a type's first letter says whether a decoder may skip the chunk.
bool is_critical(std::string_view type) { return type[0] >= 'A' && type[0] <= 'Z'; }

expected<png_chunk, image_defect> take_png_chunk(byte_reader& in) {
  const auto length = in.big_endian(4);
  if (!length)
    return unexpected(image_defect::truncated);
  if (*length > largest)
    return unexpected(image_defect::malformed);
  const auto covered = in.take(std::size_t{*length} + 4);
  const auto checksum = in.big_endian(4);
  if (!covered || !checksum)
    return unexpected(image_defect::truncated);
  png_chunk taken{covered->substr(0, 4), covered->substr(4), *covered, *checksum};
  if (!std::all_of(taken.type.begin(), taken.type.end(), is_letter))
    return unexpected(image_defect::malformed);
  return taken;
}

/// Which bit depths go with which colour type (table 11.1).
bool is_pixel_layout(std::uint32_t depth, std::uint32_t colour) {
  switch (colour) {
  case 0: // grey
    return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  case 3: // palette
    return depth == 1 || depth == 2 || depth == 4 || depth == 8;
  case 2: // colour
  case 4: // grey with alpha
  case 6: // colour with alpha
    return depth == 8 || depth == 16;
  default:
    return false;
  }
}

struct header {
  image_facts facts;
  bool has_palette = false;
};

/// The header decides how much memory a decoder takes, so its checksum is verified. Those of the pixels are not:
/// they would cost a pass over megabytes and protect against nobody who means harm.
expected<header, image_defect> read_header(const png_chunk& first) {
  if (first.type != "IHDR" || first.data.size() != 13 || crc32(first.covered) != first.checksum)
    return unexpected(image_defect::malformed);
  byte_reader in(first.data);
  const auto width = *in.big_endian(4);
  const auto height = *in.big_endian(4);
  const auto depth = *in.big_endian(1);
  const auto colour = *in.big_endian(1);
  const auto compression = *in.big_endian(1);
  const auto filter = *in.big_endian(1);
  const auto interlace = *in.big_endian(1);
  if (width == 0 || height == 0 || width > largest || height > largest || !is_pixel_layout(depth, colour)
      || compression != 0 || filter != 0 || interlace > 1)
    return unexpected(image_defect::malformed);
  return header{{image_format::png, width, height}, colour == 3};
}

/// The order that the specification demands of critical chunks (section 5.6).
class chunk_order {
public:
  explicit chunk_order(bool needs_palette) : needs_palette_(needs_palette) {}

  /// False where `next` must not stand.
  bool accepts(const png_chunk& next) {
    if (next.type == "IDAT") {
      const bool fits = !pixels_ended_ && (palette_ || !needs_palette_);
      pixels_ = true;
      has_bytes_ = has_bytes_ || !next.data.empty();
      return fits;
    }
    pixels_ended_ = pixels_;
    if (next.type == "PLTE") {
      const auto size = next.data.size();
      const bool fits = !palette_ && !pixels_ && size > 0 && size <= 768 && size % 3 == 0;
      palette_ = true;
      return fits;
    }
    if (next.type == "IEND")
      return has_bytes_ && next.data.empty();
    return !is_critical(next.type);
  }

private:
  bool needs_palette_;
  bool palette_ = false;
  bool pixels_ = false;
  bool pixels_ended_ = false;
  bool has_bytes_ = false;
};

} // namespace

expected<image_facts, image_defect> walk_png(std::string_view bytes) {
  byte_reader in(bytes);
  const auto found = take_png_chunk(in).and_then(read_header);
  if (!found)
    return unexpected(found.error());
  chunk_order order(found->has_palette);
  for (;;) {
    const auto next = take_png_chunk(in);
    if (!next)
      return unexpected(next.error());
    if (!order.accepts(*next))
      return unexpected(image_defect::malformed);
    if (next->type == "IEND")
      break;
  }
  if (!in.at_end())
    return unexpected(image_defect::malformed);
  return found->facts;
}

} // namespace easel::policies
