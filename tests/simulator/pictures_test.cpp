#include "tests/simulator/decode.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(pictures)

using namespace easel::simulator;
using namespace easel::simulator::test;

BOOST_AUTO_TEST_CASE(every_codec_is_accepted_by_its_decoder_at_the_asked_size) {
  auto picture = draw({stable_hash("a paper boat"), 320, 208, false, 0});
  for (auto as : {codec::png, codec::jpeg, codec::webp}) {
    auto decoded = decode(encode(picture, as, false, 90), as);
    BOOST_TEST_REQUIRE(decoded.has_value(), to_string(as));
    BOOST_TEST(decoded->width == 320);
    BOOST_TEST(decoded->height == 208);
  }
}

BOOST_AUTO_TEST_CASE(png_keeps_every_pixel) {
  auto picture = draw({7, 96, 64, true, 0});
  auto decoded = decode_png(encode(picture, codec::png, true, 90));
  BOOST_TEST_REQUIRE(decoded.has_value());
  BOOST_TEST(decoded->rgba == picture.rgba);
}

BOOST_AUTO_TEST_CASE(the_same_prompt_gives_the_same_bytes_and_another_prompt_others) {
  auto file = [](const char* prompt) {
    return encode(draw({stable_hash(prompt), 64, 64, false, 0}), codec::png, false, 90);
  };
  BOOST_TEST((file("a fox") == file("a fox")));
  BOOST_TEST((file("a fox") != file("a hen")));
}

BOOST_AUTO_TEST_CASE(a_transparent_picture_has_clear_and_covered_pixels) {
  auto picture = draw({3, 64, 64, true, 0});
  int clear = 0, covered = 0;
  for (std::size_t i = 3; i < picture.rgba.size(); i += 4) {
    clear += picture.rgba[i] == 0;
    covered += picture.rgba[i] == 255;
  }
  BOOST_TEST(clear > 0);
  BOOST_TEST(covered > 0);
}

BOOST_AUTO_TEST_CASE(a_preview_is_made_of_even_squares) {
  auto picture = draw({3, 64, 64, false, 16});
  const auto* row = &picture.rgba[0];
  for (std::size_t x = 1; x < 16; ++x)
    BOOST_TEST(std::equal(row, row + 4, row + 4 * x));
}

BOOST_AUTO_TEST_CASE(the_smallest_and_the_narrowest_sizes_can_be_drawn) {
  for (auto [width, height] : {std::pair{16, 16}, {16, 400}, {400, 16}})
    BOOST_TEST(decode_png(encode(draw({1, width, height, false, 0}), codec::png, false, 90)).has_value());
}

BOOST_AUTO_TEST_CASE(files_say_that_they_are_simulated) {
  auto picture = draw({1, 32, 32, false, 0});
  BOOST_TEST(encode(picture, codec::png, false, 90).find("tEXtComment") != std::string::npos);
  BOOST_TEST(encode(picture, codec::png, false, 90).find("simulated by") != std::string::npos);
  BOOST_TEST(encode(picture, codec::jpeg, false, 90).find("simulated by") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(padding_reaches_the_exact_size_and_stays_decodable) {
  auto picture = draw({9, 160, 160, false, 0});
  for (auto as : {codec::png, codec::jpeg, codec::webp})
    for (std::size_t bytes : {120'000u, 131'074u, 400'000u}) {
      auto padded = pad_to(encode(picture, as, false, 90), as, bytes, 5);
      BOOST_TEST(padded.size() == bytes);
      BOOST_TEST(decode(padded, as).has_value(), to_string(as) << " of " << bytes);
    }
}

BOOST_AUTO_TEST_CASE(any_gap_that_a_jpeg_comment_can_fill_is_filled) {
  auto file = encode(draw({9, 32, 32, false, 0}), codec::jpeg, false, 90);
  for (std::size_t gap : {4u, 5u, 65'537u, 65'538u, 65'540u, 65'541u, 131'074u}) {
    auto padded = pad_to(file, codec::jpeg, file.size() + gap, 5);
    BOOST_TEST(padded.size() == file.size() + gap);
    BOOST_TEST(decode_jpeg(padded).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_plain_picture_of_a_million_pixels_fits_into_a_kilobyte) {
  auto file = pad_to(encode_plain_png(4, 1024, 1024), codec::png, 1024, 4);
  BOOST_TEST(file.size() == 1024);
  auto decoded = decode_png(file);
  BOOST_TEST_REQUIRE(decoded.has_value());
  BOOST_TEST(decoded->width == 1024);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_too_long_for_its_padding_is_left_alone) {
  auto file = encode_plain_png(4, 64, 64);
  BOOST_TEST((pad_to(file, codec::png, file.size() + 11, 1) == file));
  BOOST_TEST((pad_to(file, codec::png, 10, 1) == file));
}

BOOST_AUTO_TEST_SUITE_END()
