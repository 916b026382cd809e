#pragma once

#include "tools/simulator/picture.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace easel::simulator {

enum class codec : std::uint8_t { png, jpeg, webp };

[[nodiscard]] std::string_view to_string(codec);   ///< "png"
[[nodiscard]] std::string_view media_type(codec);  ///< "image/png"
[[nodiscard]] std::string_view file_suffix(codec); ///< "png", "jpg"

/// A file that decoders accept. PNG carries a tEXt chunk and JPEG a comment that say it is simulated.
/// `alpha` is dropped for JPEG.
[[nodiscard]] std::string encode(const canvas&, codec, bool alpha, int quality);

/// A PNG of two colours with one bit a pixel: some hundred bytes for a million pixels, for benchmarks of small answers.
[[nodiscard]] std::string encode_plain_png(std::uint64_t seed, int width, int height);

/// Makes `file` exactly `bytes` long with pseudo-random bytes that decoders skip: a private chunk (PNG),
/// comments (JPEG), an unknown chunk (WebP, rounded up to even). A file that is too long already is returned as it is.
[[nodiscard]] std::string pad_to(std::string file, codec, std::size_t bytes, std::uint64_t seed);

} // namespace easel::simulator
