#include "policies/image_inspection.hpp"

#include "policies/image_walks.hpp"

namespace easel::policies {

namespace {

using namespace std::string_view_literals;

constexpr auto png_magic = "\x89PNG\r\n\x1a\n"sv;
constexpr auto jpeg_magic = "\xff\xd8\xff"sv;
constexpr auto riff_magic = "RIFF"sv;
constexpr auto webp_magic = "WEBP"sv;
constexpr std::size_t webp_magic_at = 8;

bool begins_with(std::string_view bytes, std::string_view magic) { return bytes.substr(0, magic.size()) == magic; }

/// Whether `bytes` is a beginning of `magic` and nothing more, so that its format cannot be told yet.
bool begins(std::string_view magic, std::string_view bytes) {
  return bytes.size() < magic.size() && magic.substr(0, bytes.size()) == bytes;
}

bool is_cut_webp_magic(std::string_view bytes) {
  if (begins(riff_magic, bytes))
    return true;
  const auto form = bytes.substr(std::min(bytes.size(), webp_magic_at));
  return begins_with(bytes, riff_magic) && begins(webp_magic, form);
}

expected<image_facts, image_defect> walk(std::string_view bytes) {
  if (begins_with(bytes, png_magic))
    return walk_png(bytes.substr(png_magic.size()));
  if (begins_with(bytes, jpeg_magic))
    return walk_jpeg(bytes.substr(2));
  if (is_cut_webp_magic(bytes) || begins(png_magic, bytes) || begins(jpeg_magic, bytes))
    return unexpected(image_defect::truncated);
  if (begins_with(bytes, riff_magic) && begins_with(bytes.substr(webp_magic_at), webp_magic))
    return walk_webp(bytes.substr(riff_magic.size()));
  return unexpected(image_defect::unknown_format);
}

} // namespace

std::string_view to_string(image_defect defect) {
  switch (defect) {
  case image_defect::empty:
    return "empty";
  case image_defect::too_large:
    return "too_large";
  case image_defect::unknown_format:
    return "unknown_format";
  case image_defect::truncated:
    return "truncated";
  case image_defect::malformed:
    return "malformed";
  case image_defect::too_many_pixels:
    return "too_many_pixels";
  }
  return "unknown";
}

expected<image_facts, image_defect> inspect_image(std::string_view bytes, const image_limits& limits) {
  if (bytes.empty())
    return unexpected(image_defect::empty);
  if (bytes.size() > limits.max_bytes)
    return unexpected(image_defect::too_large);
  auto facts = walk(bytes);
  if (facts && std::uint64_t{facts->width} * facts->height > limits.max_pixels)
    return unexpected(image_defect::too_many_pixels);
  return facts;
}

} // namespace easel::policies
