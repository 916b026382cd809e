#include "policies/image_inspection.hpp"

#include "tests/policies/pictures.hpp"
#include "tests/policies/seeds.hpp"

#include <map>
#include <set>

BOOST_AUTO_TEST_SUITE(image_inspection)

using namespace easel;
using namespace easel::policies;
using namespace easel::test;

namespace {

using defect = image_defect;

expected<image_facts, image_defect> inspected(std::string_view bytes) { return inspect_image(bytes, {}); }

void check_defect(const std::string& bytes, defect expected_defect) {
  const auto found = inspected(bytes);
  BOOST_TEST_REQUIRE(!found);
  BOOST_TEST(to_string(found.error()) == to_string(expected_defect));
}

void check_malformed(const std::string& bytes) { check_defect(bytes, defect::malformed); }

struct sample {
  const char* name;
  std::string bytes;
  image_format format;
};

std::vector<sample> samples() {
  return {{"png", png(), image_format::png},
          {"jpeg", jpeg(), image_format::jpeg},
          {"progressive jpeg", progressive_jpeg(), image_format::jpeg},
          {"lossy webp", lossy_webp(), image_format::webp},
          {"lossless webp", lossless_webp(), image_format::webp},
          {"extended webp", extended_webp(), image_format::webp}};
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  BOOST_TEST_REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

} // namespace

BOOST_AUTO_TEST_CASE(whole_images_of_every_format_give_their_facts) {
  for (const auto& each : samples()) {
    BOOST_TEST_CONTEXT(each.name) {
      const auto found = inspected(each.bytes);
      BOOST_TEST_REQUIRE(found.has_value());
      BOOST_TEST((*found == image_facts{each.format, 3, 2}));
    }
  }
}

BOOST_AUTO_TEST_CASE(large_dimensions_are_read_whole) {
  BOOST_TEST((inspected(png(5000, 7001)).value() == image_facts{image_format::png, 5000, 7001}));
  BOOST_TEST((inspected(jpeg(3840, 2161)).value() == image_facts{image_format::jpeg, 3840, 2161}));
  BOOST_TEST((inspected(lossy_webp(1536, 1025)).value() == image_facts{image_format::webp, 1536, 1025}));
  BOOST_TEST((inspected(lossless_webp(1025, 1536)).value() == image_facts{image_format::webp, 1025, 1536}));
  BOOST_TEST((inspected(extended_webp(1025, 1536)).value() == image_facts{image_format::webp, 1025, 1536}));
}

BOOST_AUTO_TEST_CASE(every_truncation_of_every_format_is_noticed_as_such) {
  for (const auto& each : samples()) {
    for (std::size_t size = 0; size < each.bytes.size(); ++size) {
      BOOST_TEST_CONTEXT(each.name << " cut to " << size) {
        check_defect(each.bytes.substr(0, size), size == 0 ? defect::empty : defect::truncated);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_may_follow_the_end) {
  for (const auto& each : samples()) {
    BOOST_TEST_CONTEXT(each.name) {
      check_malformed(each.bytes + '\0');
      check_malformed(each.bytes + each.bytes);
      check_malformed(each.bytes + "<script>");
    }
  }
}

BOOST_AUTO_TEST_CASE(other_formats_and_text_are_unknown) {
  for (const std::string bytes : {"GIF89a\1\0\1\0", "BM", "<svg xmlns='http://www.w3.org/2000/svg'/>", "{\"error\":1}",
                                  "\x89PNX", "\xff\xd9\xff", "RIFX", "x"})
    check_defect(bytes, defect::unknown_format);
  check_defect("RIFF" + little_endian(4, 4) + "WAVE", defect::unknown_format);
}

BOOST_AUTO_TEST_CASE(limits_hold_at_their_very_value) {
  const auto bytes = png(100, 40);
  BOOST_TEST(inspect_image(bytes, {bytes.size(), 4000}).has_value());
  BOOST_TEST((inspect_image(bytes, {bytes.size() - 1, 4000}).error() == defect::too_large));
  BOOST_TEST((inspect_image(bytes, {bytes.size(), 3999}).error() == defect::too_many_pixels));
}

BOOST_AUTO_TEST_CASE(a_product_of_edges_beyond_32_bits_is_still_too_many_pixels) {
  check_defect(png(0x10000, 0x10000), defect::too_many_pixels);
  check_defect(png(0x7fffffff, 0x7fffffff), defect::too_many_pixels);
  check_defect(jpeg(65535, 65535), defect::too_many_pixels);
  check_defect(lossless_webp(16384, 16384), defect::too_many_pixels);
}

BOOST_AUTO_TEST_CASE(png_headers_must_make_sense) {
  const auto with = [](const std::string& header) {
    return png_signature + header + png_chunk("IDAT", "x") + png_chunk("IEND", "");
  };
  BOOST_TEST(inspected(with(png_header(1, 1))).has_value());
  check_malformed(with(png_header(0, 1)));
  check_malformed(with(png_header(1, 0)));
  check_malformed(with(png_header(0x80000000u, 1)));
  check_malformed(with(png_header(1, 0xffffffffu)));
  check_malformed(with(png_header(1, 1, 8, 6, 1)));
  check_malformed(with(png_header(1, 1, 8, 6, 0, 1)));
  check_malformed(with(png_header(1, 1, 8, 6, 0, 0, 2)));
  check_malformed(with(""));
  check_malformed(with(png_chunk("IHDR", "short")));
  check_malformed(with(png_header(1, 1) + png_header(1, 1)));
  auto wrong_checksum = png_header(3, 2);
  wrong_checksum.back() ^= 1;
  check_malformed(with(wrong_checksum));
}

BOOST_AUTO_TEST_CASE(png_depth_and_colour_go_together_as_the_specification_says) {
  const std::map<int, std::set<int>> depths{
    {0, {1, 2, 4, 8, 16}}, {2, {8, 16}}, {3, {1, 2, 4, 8}}, {4, {8, 16}}, {6, {8, 16}}};
  for (int colour = 0; colour < 9; ++colour) {
    for (int depth = 0; depth < 34; ++depth) {
      const auto bytes = png_signature + png_header(1, 1, depth, colour) + png_chunk("PLTE", "rgb")
                         + png_chunk("IDAT", "x") + png_chunk("IEND", "");
      BOOST_TEST_INFO("colour " << colour << " depth " << depth);
      const auto row = depths.find(colour);
      BOOST_TEST(inspected(bytes).has_value() == (row != depths.end() && row->second.contains(depth)));
    }
  }
}

BOOST_AUTO_TEST_CASE(png_chunks_must_stand_in_order) {
  const auto header = png_header(1, 1);
  const auto pixels = png_chunk("IDAT", "x");
  const auto end = png_chunk("IEND", "");
  const auto palette = png_chunk("PLTE", "rgb");
  const auto with = [&](const std::string& chunks) { return png_signature + header + chunks; };
  BOOST_TEST(inspected(with(palette + pixels + end)).has_value());
  BOOST_TEST(inspected(with(png_chunk("caBX", "signed") + pixels + end)).has_value());
  check_malformed(with(end));
  check_malformed(with(png_chunk("IDAT", "") + end));
  check_malformed(with(pixels + palette + end));
  check_malformed(with(palette + palette + pixels + end));
  check_malformed(with(png_chunk("PLTE", "four") + pixels + end));
  check_malformed(with(png_chunk("PLTE", std::string(771, 'c')) + pixels + end));
  check_malformed(with(pixels + png_chunk("tEXt", "between") + pixels + end));
  check_malformed(with(pixels + png_chunk("IEND", "x")));
  check_malformed(with(png_chunk("JDAT", "unknown and critical") + pixels + end));
  check_malformed(with(png_chunk("I AT", "no letters") + pixels + end));
  check_malformed(with("\xff\xff\xff\xffIDAT"));
  check_malformed(png_signature + pixels + header + end);
  check_malformed(png_signature + png_header(1, 1, 8, 3) + pixels + end); // palette missing
}

BOOST_AUTO_TEST_CASE(jpeg_frames_must_make_sense) {
  const auto with = [](const std::string& frame) { return jpeg_start + frame + jpeg_scan() + jpeg_end; };
  BOOST_TEST(inspected(with(jpeg_frame(1, 1))).has_value());
  BOOST_TEST(inspected(with(jpeg_frame(1, 1, 0xc1, 12))).has_value());
  check_malformed(with(jpeg_frame(0, 1)));
  check_malformed(with(jpeg_frame(1, 0)));
  check_malformed(with(jpeg_frame(1, 1, 0xc0, 12)));
  check_malformed(with(jpeg_frame(1, 1, 0xc0, 9)));
  check_malformed(with(jpeg_frame(1, 1, 0xc0, 8, 0)));
  check_malformed(with(jpeg_frame(1, 1, 0xc0, 8, 5)));
  check_malformed(with(jpeg_frame(1, 1) + jpeg_frame(1, 1)));
  check_malformed(with(jpeg_segment(0xc0, "cut")));
  check_malformed(
    with(jpeg_segment(0xc0, std::string("\x08\0\1\0\1\3\1\x11\0", 9)))); // three components, one described
  for (const int marker : {0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf})
    check_malformed(with(jpeg_frame(1, 1, marker)));
}

BOOST_AUTO_TEST_CASE(jpeg_markers_must_stand_in_order) {
  const auto frame = jpeg_frame(1, 1);
  check_malformed(jpeg_start + jpeg_end);
  check_malformed(jpeg_start + frame + jpeg_end);
  check_malformed(jpeg_start + jpeg_scan() + frame + jpeg_end);
  check_malformed(jpeg_start + frame + "\xff\xd8" + jpeg_scan() + jpeg_end);
  check_malformed(jpeg_start + frame + "\xff\xd0" + jpeg_scan() + jpeg_end);
  check_malformed(jpeg_start + frame + std::string("\xff\0", 2) + jpeg_scan() + jpeg_end);
  check_malformed(jpeg_start + frame + "stray" + jpeg_scan() + jpeg_end);
  check_malformed(jpeg_start + frame + std::string("\xff\xe1\0\1", 4) + jpeg_scan() + jpeg_end); // length below 2
  check_malformed(jpeg_start + frame + jpeg_segment(0xda, std::string("\0\0\x3f\0", 4)) + "x" + jpeg_end);
  check_malformed(jpeg_start + frame + jpeg_segment(0xda, "") + "x" + jpeg_end);
  check_malformed(jpeg_start + jpeg_end + frame + jpeg_scan() + jpeg_end);
}

BOOST_AUTO_TEST_CASE(webp_sizes_must_agree) {
  const auto whole = lossless_webp();
  auto longer = whole;
  longer[4] += 2;
  check_defect(longer, defect::truncated);
  auto shorter = whole;
  shorter[4] -= 2;
  check_malformed(shorter);
  check_malformed(riff("VP8L" + little_endian(0xffffffffu, 4) + "x"));
  check_malformed(riff(vp8l(3, 2) + "EXI"));
  check_malformed(riff(vp8l(3, 2) + "EXIF" + little_endian(3, 4) + "abc")); // padding missing, total odd
  check_malformed(riff(""));
}

BOOST_AUTO_TEST_CASE(webp_pictures_must_make_sense) {
  check_malformed(lossy_webp(0, 2));
  check_malformed(lossy_webp(3, 0));
  check_malformed(replaced(lossy_webp(), "\x9d\x01\x2a", "\x9d\x01\x2b"));
  check_malformed(riff(riff_chunk("VP8 ", "short")));
  check_malformed(riff(riff_chunk("VP8L", "\x2f")));
  check_malformed(riff(riff_chunk("VP8L", "\x2e" + little_endian(0, 4) + "x")));
  check_malformed(riff(riff_chunk("VP8L", "\x2f" + little_endian(1u << 29, 4) + "x"))); // version 1
  auto inter_frame = lossy_webp();
  inter_frame[20] |= 1;
  check_malformed(inter_frame);
  auto long_partition = lossy_webp();
  long_partition[21] = 0x7f;
  check_malformed(long_partition);
}

BOOST_AUTO_TEST_CASE(a_webp_is_one_picture_on_a_canvas_of_its_size) {
  check_malformed(riff(vp8l(3, 2) + vp8l(3, 2)));
  check_malformed(riff(vp8x(3, 2)));
  check_malformed(riff(vp8x(4, 2) + vp8(3, 2)));
  check_malformed(riff(vp8x(3, 2) + vp8x(3, 2) + vp8(3, 2)));
  check_malformed(riff(vp8(3, 2) + vp8x(3, 2)));
  check_malformed(riff(riff_chunk("EXIF", "first") + vp8(3, 2)));
  check_malformed(riff(riff_chunk("VP8X", "too short") + vp8(3, 2)));
  check_malformed(riff(vp8x(3, 2, 0x02) + vp8(3, 2)));
  check_malformed(riff(vp8x(3, 2) + riff_chunk("ANMF", "frame") + vp8(3, 2)));
  BOOST_TEST(inspected(riff(vp8l(3, 2) + riff_chunk("EXIF", "facts"))).has_value());
}

BOOST_AUTO_TEST_CASE(mutated_bytes_never_exceed_what_the_limits_allow) {
  for (const auto& each : samples()) {
    for_seeds(400, [&](seeded& random) {
      auto bytes = each.bytes;
      for (int i = random.between(1, 4); i > 0; --i)
        bytes[random.between<std::size_t>(0, bytes.size() - 1)] = static_cast<char>(random.between(0, 255));
      const image_limits limits{1000, 50};
      if (const auto found = inspect_image(bytes, limits))
        BOOST_TEST((found->width > 0 && found->height > 0 && found->width * found->height <= 50));
      else
        BOOST_TEST(to_string(found.error()) != "unknown");
    });
  }
}

BOOST_AUTO_TEST_CASE(every_single_changed_byte_of_a_png_header_is_noticed) {
  const auto whole = png();
  for (std::size_t at = 0; at < png_signature.size() + 25; ++at) {
    for (int change = 1; change < 256; ++change) {
      auto bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      if (inspected(bytes))
        BOOST_ERROR("byte " << at << " changed by " << change << " was not noticed");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
