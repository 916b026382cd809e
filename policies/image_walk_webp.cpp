#include "policies/image_walks.hpp"

namespace easel::policies {

namespace {

struct riff_chunk {
  std::string_view type;
  std::string_view data;
};

struct extent {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  friend bool operator==(const extent&, const extent&) = default;
};

/// The RIFF size was checked against the bytes before, so a chunk that does not fit is a lie and not a cut.
expected<riff_chunk, image_defect> take_riff_chunk(byte_reader& in) {
  const auto type = in.take(4);
  const auto size = in.little_endian(4);
  if (!type || !size)
    return unexpected(image_defect::malformed);
  const auto data = in.take(*size);
  if (!data || (*size % 2 == 1 && !in.take(1))) // padded to an even length
    return unexpected(image_defect::malformed);
  return riff_chunk{*type, *data};
}

/// Key frame header of VP8 (RFC 6386, section 9.1).
std::optional<extent> read_lossy(std::string_view data) {
  byte_reader in(data);
  const auto tag = in.little_endian(3);
  const auto start_code = in.take(3);
  const auto width = in.little_endian(2);
  const auto height = in.little_endian(2);
  const bool is_key_frame = tag && (*tag & 1) == 0;
  // The tag also tells the size of the first partition, which must be there.
  if (!height || !is_key_frame || *start_code != "\x9d\x01\x2a" || *tag >> 5 > in.rest().size())
    return std::nullopt;
  return extent{*width & 0x3fff, *height & 0x3fff}; // the two upper bits scale for display only
}

/// Header of a lossless image (RFC 9649, section 3.4): 14 bits each of width - 1 and height - 1, alpha, version.
std::optional<extent> read_lossless(std::string_view data) {
  byte_reader in(data);
  const auto signature = in.big_endian(1);
  const auto bits = in.little_endian(4);
  if (!bits || *signature != 0x2f || *bits >> 29 != 0 || in.at_end())
    return std::nullopt;
  return extent{(*bits & 0x3fff) + 1, (*bits >> 14 & 0x3fff) + 1};
}

/// Header of the extended format: flags, then the canvas. An animation is no image that was asked for.
std::optional<extent> read_extended(std::string_view data) {
  constexpr std::uint32_t animated = 0x02;
  byte_reader in(data);
  const auto flags = in.little_endian(4);
  const auto width = in.little_endian(3);
  const auto height = in.little_endian(3);
  if (!height || !in.at_end() || (*flags & animated) != 0)
    return std::nullopt;
  return extent{*width + 1, *height + 1};
}

std::optional<extent> read_pixels(const riff_chunk& part) {
  if (part.type == "VP8 ")
    return read_lossy(part.data);
  return part.type == "VP8L" ? read_lossless(part.data) : std::nullopt;
}

bool holds_pixels(const riff_chunk& part) { return part.type == "VP8 " || part.type == "VP8L"; }

bool belongs_to_animation(const riff_chunk& part) { return part.type == "ANIM" || part.type == "ANMF"; }

/// One picture, and where there is a canvas, of its very size.
expected<extent, image_defect> walk_chunks(byte_reader& in) {
  std::optional<extent> canvas;
  std::optional<extent> pixels;
  for (bool first = true; !in.at_end(); first = false) {
    const auto part = take_riff_chunk(in);
    if (!part)
      return unexpected(part.error());
    const bool is_canvas = part->type == "VP8X";
    if (is_canvas ? !first : first && !holds_pixels(*part))
      return unexpected(image_defect::malformed);
    if (is_canvas && !(canvas = read_extended(part->data)))
      return unexpected(image_defect::malformed);
    if (belongs_to_animation(*part) || (holds_pixels(*part) && (pixels || !(pixels = read_pixels(*part)))))
      return unexpected(image_defect::malformed);
  }
  if (!pixels || pixels->width == 0 || pixels->height == 0 || (canvas && *canvas != *pixels))
    return unexpected(image_defect::malformed);
  return *pixels;
}

} // namespace

expected<image_facts, image_defect> walk_webp(std::string_view bytes) {
  byte_reader in(bytes);
  const auto size = in.little_endian(4);
  if (!size || *size > in.rest().size())
    return unexpected(image_defect::truncated);
  if (*size != in.rest().size() || *size % 2 == 1)
    return unexpected(image_defect::malformed);
  in.take(4); // "WEBP", which brought us here
  return walk_chunks(in).map([](const extent& found) {
    return image_facts{image_format::webp, found.width, found.height};
  });
}

} // namespace easel::policies
