#pragma once

#include "policies/vocabulary/crc32.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The smallest files of each format that are whole, built from their parts.
namespace easel::test {

inline std::string big_endian(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i)
    bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

inline std::string little_endian(std::uint32_t value, int size) {
  const auto bytes = big_endian(value, size);
  return {bytes.rbegin(), bytes.rend()};
}

// ---------------------------------------------------------------- PNG

inline const std::string png_signature = "\x89PNG\r\n\x1a\n";

inline std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data + big_endian(crc32(type + data), 4);
}

inline std::string png_header(std::uint32_t width, std::uint32_t height, int depth = 8, int colour = 6,
                              int compression = 0, int filter = 0, int interlace = 0) {
  std::string data = big_endian(width, 4) + big_endian(height, 4);
  for (const int each : {depth, colour, compression, filter, interlace})
    data += static_cast<char>(each);
  return png_chunk("IHDR", data);
}

inline std::string png(std::uint32_t width = 3, std::uint32_t height = 2) {
  return png_signature + png_header(width, height) + png_chunk("tEXt", "made by a test") + png_chunk("IDAT", "pixels")
         + png_chunk("IDAT", "more") + png_chunk("IEND", "");
}

// ---------------------------------------------------------------- JPEG

inline std::string jpeg_segment(int marker, const std::string& payload) {
  return std::string("\xff") + static_cast<char>(marker) + big_endian(static_cast<std::uint32_t>(payload.size() + 2), 2)
         + payload;
}

inline std::string jpeg_frame(std::uint32_t width, std::uint32_t height, int marker = 0xc0, int precision = 8,
                              int components = 3) {
  std::string payload(1, static_cast<char>(precision));
  payload += big_endian(height, 2) + big_endian(width, 2) + static_cast<char>(components);
  for (int i = 1; i <= components; ++i)
    payload += std::string{static_cast<char>(i), 0x11, 0};
  return jpeg_segment(marker, payload);
}

inline std::string jpeg_scan(int components = 3) {
  std::string payload(1, static_cast<char>(components));
  for (int i = 1; i <= components; ++i)
    payload += std::string{static_cast<char>(i), 0};
  payload += std::string{0, 63, 0};
  // Entropy-coded data with a stuffed FF and a restart marker inside.
  return jpeg_segment(0xda, payload) + std::string("\x12\x34\xff\x00\x56\xff\xd0\x78\x9a", 9);
}

inline const std::string jpeg_start = "\xff\xd8";
inline const std::string jpeg_end = "\xff\xd9";

inline std::string jpeg(std::uint32_t width = 3, std::uint32_t height = 2) {
  return jpeg_start + jpeg_segment(0xe0, std::string("JFIF\0\1\2\0\0\1\0\1\0\0", 14))
         + jpeg_segment(0xdb, std::string(65, '\1')) + jpeg_frame(width, height)
         + jpeg_segment(0xc4, std::string(20, '\0')) + jpeg_scan() + jpeg_end;
}

/// Several scans, fill bytes before a marker, a comment in between.
inline std::string progressive_jpeg(std::uint32_t width = 3, std::uint32_t height = 2) {
  return jpeg_start + jpeg_frame(width, height, 0xc2) + jpeg_scan() + jpeg_segment(0xfe, "a comment") + "\xff\xff"
         + jpeg_scan(1) + jpeg_end;
}

// ---------------------------------------------------------------- WebP

inline std::string riff_chunk(const std::string& type, const std::string& data) {
  return type + little_endian(static_cast<std::uint32_t>(data.size()), 4) + data + std::string(data.size() % 2, '\0');
}

inline std::string riff(const std::string& chunks) {
  return "RIFF" + little_endian(static_cast<std::uint32_t>(chunks.size() + 4), 4) + "WEBP" + chunks;
}

inline std::string vp8(std::uint32_t width, std::uint32_t height) {
  const std::string partition(9, '\7');
  const auto tag = static_cast<std::uint32_t>(partition.size()) << 5 | 0x10; // shown key frame
  return riff_chunk("VP8 ", little_endian(tag, 3) + "\x9d\x01\x2a" + little_endian(width, 2) + little_endian(height, 2)
                              + partition);
}

inline std::string vp8l(std::uint32_t width, std::uint32_t height) {
  return riff_chunk("VP8L", "\x2f" + little_endian((width - 1) | (height - 1) << 14 | 1u << 28, 4) + "packed");
}

inline std::string vp8x(std::uint32_t width, std::uint32_t height, std::uint32_t flags = 0x10) {
  return riff_chunk("VP8X", little_endian(flags, 4) + little_endian(width - 1, 3) + little_endian(height - 1, 3));
}

inline std::string lossy_webp(std::uint32_t width = 3, std::uint32_t height = 2) { return riff(vp8(width, height)); }

inline std::string lossless_webp(std::uint32_t width = 3, std::uint32_t height = 2) {
  return riff(vp8l(width, height));
}

inline std::string extended_webp(std::uint32_t width = 3, std::uint32_t height = 2) {
  return riff(vp8x(width, height) + riff_chunk("ALPH", "alpha") + vp8(width, height) + riff_chunk("EXIF", "facts"));
}

} // namespace easel::test
