#pragma once

#include "tools/simulator/image_codec.hpp"

#include <csetjmp>
#include <cstdio>
#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

#include <optional>
#include <stdexcept>
#include <string>

/// Pictures as the true decoders see them.
namespace easel::simulator::test {

inline std::optional<canvas> decode_png(const std::string& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0)
    return std::nullopt;
  image.format = PNG_FORMAT_RGBA;
  canvas out{int(image.width), int(image.height), std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  bool whole = png_image_finish_read(&image, nullptr, out.rgba.data(), 0, nullptr) != 0 && image.warning_or_error == 0;
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

inline std::optional<canvas> decode_jpeg(const std::string& file) {
  jpeg_error_mgr errors{};
  jpeg_decompress_struct d{};
  d.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { throw std::runtime_error("jpeg"); };
  jpeg_create_decompress(&d);
  try {
    jpeg_mem_src(&d, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    jpeg_read_header(&d, TRUE);
    d.out_color_space = JCS_EXT_RGBA;
    jpeg_start_decompress(&d);
    canvas out{int(d.output_width), int(d.output_height),
               std::vector<std::uint8_t>(4 * std::size_t(d.output_width) * d.output_height)};
    while (d.output_scanline < d.output_height) {
      JSAMPROW row = &out.rgba[4 * std::size_t(d.output_scanline) * d.output_width];
      jpeg_read_scanlines(&d, &row, 1);
    }
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return errors.num_warnings == 0 ? std::optional(std::move(out)) : std::nullopt;
  } catch (const std::runtime_error&) {
    jpeg_destroy_decompress(&d);
    return std::nullopt;
  }
}

inline std::optional<canvas> decode_webp(const std::string& file) {
  canvas out;
  auto* pixels =
    WebPDecodeRGBA(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(), &out.width, &out.height);
  if (pixels == nullptr)
    return std::nullopt;
  out.rgba.assign(pixels, pixels + 4 * std::size_t(out.width) * std::size_t(out.height));
  WebPFree(pixels);
  return out;
}

inline std::optional<canvas> decode(const std::string& file, codec as) {
  return as == codec::png ? decode_png(file) : as == codec::jpeg ? decode_jpeg(file) : decode_webp(file);
}

} // namespace easel::simulator::test
