#include "tools/simulator/image_codec.hpp"

#include "policies/vocabulary/crc32.hpp"

#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <cstdio> // before jpeglib.h, which uses FILE and size_t without including them
#include <cstdlib>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace easel::simulator {
namespace {

constexpr std::string_view mark = "simulated by easel-simulator";

void append_big(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift);
}

void append_little(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += static_cast<char>(value >> (8 * i));
}

std::string noise(std::size_t bytes, std::uint64_t seed) {
  std::string out;
  out.reserve(bytes + 8);
  while (out.size() < bytes) {
    auto word = mix(seed);
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.resize(bytes);
  return out;
}

[[noreturn]] void on_png_error(png_structp, png_const_charp why) { throw std::runtime_error(why); }
void on_png_warning(png_structp, png_const_charp) {}

/// The writer's two structures, freed on every way out.
struct png_writer {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_png_error, on_png_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  std::string out;

  png_writer() {
    if (info == nullptr)
      throw std::bad_alloc();
    png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<const char*>(data), size);
      },
      nullptr);
    png_set_compression_level(png, 3);
  }
  png_writer(const png_writer&) = delete;
  png_writer& operator=(const png_writer&) = delete;
  ~png_writer() { png_destroy_write_struct(&png, &info); }

  void begin(int width, int height, int depth, int kind) {
    png_set_IHDR(png, info, png_uint_32(width), png_uint_32(height), depth, kind, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::string key = "Comment", text{mark};
    png_text entry{};
    entry.compression = PNG_TEXT_COMPRESSION_NONE;
    entry.key = key.data();
    entry.text = text.data();
    entry.text_length = text.size();
    png_set_text(png, info, &entry, 1);
  }
};

std::string encode_png(const canvas& picture, bool alpha) {
  png_writer w;
  png_set_filter(w.png, 0, PNG_FILTER_SUB);
  w.begin(picture.width, picture.height, 8, alpha ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB);
  png_write_info(w.png, w.info);
  if (!alpha)
    png_set_filler(w.png, 0, PNG_FILLER_AFTER);
  for (int y = 0; y < picture.height; ++y)
    png_write_row(w.png, &picture.rgba[4 * std::size_t(y) * std::size_t(picture.width)]);
  png_write_end(w.png, w.info);
  return std::move(w.out);
}

[[noreturn]] void on_jpeg_error(j_common_ptr) { throw std::runtime_error("jpeg encoder failed"); }

std::string encode_jpeg(const canvas& picture, int quality) {
  jpeg_error_mgr errors{};
  jpeg_compress_struct c{};
  c.err = jpeg_std_error(&errors);
  errors.error_exit = on_jpeg_error;
  jpeg_create_compress(&c);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&c, &memory, &size);
  c.image_width = JDIMENSION(picture.width);
  c.image_height = JDIMENSION(picture.height);
  c.input_components = 4;
  c.in_color_space = JCS_EXT_RGBX;
  jpeg_set_defaults(&c);
  jpeg_set_quality(&c, std::clamp(quality, 1, 100), TRUE);
  jpeg_start_compress(&c, TRUE);
  jpeg_write_marker(&c, JPEG_COM, reinterpret_cast<const JOCTET*>(mark.data()), unsigned(mark.size()));
  while (c.next_scanline < c.image_height) {
    auto* row = const_cast<JSAMPROW>(&picture.rgba[4 * std::size_t(c.next_scanline) * std::size_t(picture.width)]);
    jpeg_write_scanlines(&c, &row, 1);
  }
  jpeg_finish_compress(&c);
  std::string out(reinterpret_cast<const char*>(memory), size);
  jpeg_destroy_compress(&c);
  std::free(memory); // NOLINT: allocated by libjpeg with malloc
  return out;
}

std::string encode_webp(const canvas& picture, bool alpha, int quality) {
  std::vector<std::uint8_t> opaque;
  std::uint8_t* memory = nullptr;
  int stride = 4 * picture.width;
  auto strength = float(std::clamp(quality, 0, 100));
  auto size = alpha ? WebPEncodeRGBA(picture.rgba.data(), picture.width, picture.height, stride, strength, &memory) : 0;
  if (!alpha) {
    opaque.reserve(picture.rgba.size() / 4 * 3);
    for (std::size_t i = 0; i < picture.rgba.size(); i += 4)
      opaque.insert(opaque.end(), &picture.rgba[i], &picture.rgba[i] + 3);
    size = WebPEncodeRGB(opaque.data(), picture.width, picture.height, 3 * picture.width, strength, &memory);
  }
  std::unique_ptr<std::uint8_t, void (*)(void*)> owned(memory, WebPFree);
  if (size == 0)
    throw std::runtime_error("webp encoder failed");
  return {reinterpret_cast<const char*>(memory), size};
}

std::string pad_png(std::string file, std::size_t bytes, std::uint64_t seed) {
  constexpr std::size_t end_chunk = 12, overhead = 12;
  if (file.size() + overhead > bytes)
    return file;
  std::string body = "siMp" + noise(bytes - file.size() - overhead, seed);
  std::string chunk;
  append_big(chunk, std::uint32_t(body.size() - 4));
  chunk += body;
  append_big(chunk, crc32(body));
  return file.insert(file.size() - end_chunk, chunk);
}

std::string pad_jpeg(std::string file, std::size_t bytes, std::uint64_t seed) {
  constexpr std::size_t marker = 4, largest = 65'533;
  std::string comments;
  while (file.size() + comments.size() + marker <= bytes) {
    auto room = bytes - file.size() - comments.size() - marker;
    // What is left must be nothing, or enough for another comment.
    auto take = room <= largest ? room : std::min(largest, room - marker);
    comments += "\xff\xfe";
    comments += static_cast<char>((take + 2) >> 8);
    comments += static_cast<char>(take + 2);
    comments += noise(take, seed + comments.size());
  }
  return file.insert(2, comments);
}

/// An unknown chunk is legal only in the extended format, so a VP8X header is put in front where there is none.
std::string pad_webp(std::string file, std::size_t bytes, int width, int height, std::uint64_t seed) {
  constexpr std::size_t riff = 12, extended = 18, overhead = 8;
  bool simple = file.compare(riff, 4, "VP8X") != 0;
  bytes += bytes % 2;
  if (file.size() + overhead + (simple ? extended : 0) > bytes)
    return file;
  if (simple) {
    std::string header = "VP8X";
    append_little(header, 10, 4);
    append_little(header, 0, 4);
    append_little(header, std::uint32_t(width - 1), 3);
    append_little(header, std::uint32_t(height - 1), 3);
    file.insert(riff, header);
  }
  auto room = bytes - file.size() - overhead;
  file += "siMp";
  append_little(file, std::uint32_t(room), 4);
  file += noise(room, seed);
  std::string total;
  append_little(total, std::uint32_t(file.size() - 8), 4);
  return file.replace(4, 4, total);
}

} // namespace

std::string_view to_string(codec c) {
  static constexpr std::array<std::string_view, 3> names{"png", "jpeg", "webp"};
  return names[std::size_t(c)];
}

std::string_view media_type(codec c) {
  static constexpr std::array<std::string_view, 3> names{"image/png", "image/jpeg", "image/webp"};
  return names[std::size_t(c)];
}

std::string_view file_suffix(codec c) { return c == codec::jpeg ? "jpg" : to_string(c); }

std::string encode(const canvas& picture, codec as, bool alpha, int quality) {
  switch (as) {
  case codec::jpeg:
    return encode_jpeg(picture, quality);
  case codec::webp:
    return encode_webp(picture, alpha, quality);
  case codec::png:
    break;
  }
  return encode_png(picture, alpha);
}

std::string encode_plain_png(std::uint64_t seed, int width, int height) {
  png_writer w;
  w.begin(width, height, 1, PNG_COLOR_TYPE_PALETTE);
  auto shade = [&] { return png_byte(mix(seed) % 256); };
  std::array<png_color, 2> palette{{{shade(), shade(), shade()}, {250, 204, 38}}};
  png_set_PLTE(w.png, w.info, palette.data(), int(palette.size()));
  png_write_info(w.png, w.info);
  std::vector<std::uint8_t> blank(std::size_t(width + 7) / 8, 0), band(blank.size(), 0xf0);
  for (int y = 0; y < height; ++y)
    png_write_row(w.png, y < height - height / 32 ? blank.data() : band.data());
  png_write_end(w.png, w.info);
  return std::move(w.out);
}

std::string pad_to(std::string file, codec as, std::size_t bytes, std::uint64_t seed) {
  if (as == codec::png)
    return pad_png(std::move(file), bytes, seed);
  if (as == codec::jpeg)
    return pad_jpeg(std::move(file), bytes, seed);
  int width = 0, height = 0;
  if (WebPGetInfo(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(), &width, &height) == 0)
    return file;
  return pad_webp(std::move(file), bytes, width, height, seed);
}

} // namespace easel::simulator
