#pragma once

#include "policies/vocabulary/base64.hpp"
#include "policies/vocabulary/crc32.hpp"

#include <cstdint>
#include <string>

/// Whole PNG files of any size in bytes, and their base64.
namespace easel::test {

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(crc32(type + data));
}

/// `filling` bytes of pixels that no decoder is ever asked to read.
inline std::string png(std::uint32_t width = 3, std::uint32_t height = 2, std::size_t filling = 16) {
  std::string pixels(filling, '\0');
  std::uint32_t value = 1;
  for (auto& byte : pixels)
    byte = static_cast<char>((value = value * 1664525u + 1013904223u) >> 24);
  const auto header = big_endian(width) + big_endian(height) + std::string("\x08\x06\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + png_chunk("IDAT", pixels) + png_chunk("IEND", "");
}

inline std::string base64(const std::string& bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

} // namespace easel::test
