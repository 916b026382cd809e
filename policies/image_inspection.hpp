#pragma once

#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/names.hpp"

#include <cstdint>
#include <string_view>

namespace easel::policies {

struct image_limits {
  std::size_t max_bytes = 32u << 20;
  std::uint64_t max_pixels = 40'000'000;
};

struct image_facts {
  image_format format = image_format::png;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  friend bool operator==(const image_facts&, const image_facts&) = default;
};

enum class image_defect { empty, too_large, unknown_format, truncated, malformed, too_many_pixels };

[[nodiscard]] std::string_view to_string(image_defect);

/// Walks the container from its magic number to its end: PNG chunks to IEND, JPEG markers to EOI, the RIFF
/// structure of WebP. Pixels are not decoded. Nothing may follow the end, and nothing may be animated: what is
/// served under an image's type is one image and nothing else. Bytes are hostile until this has returned facts.
[[nodiscard]] expected<image_facts, image_defect> inspect_image(std::string_view bytes, const image_limits&);

} // namespace easel::policies
