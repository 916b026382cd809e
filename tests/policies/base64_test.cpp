#include "policies/vocabulary/base64.hpp"

#include "tests/policies/seeds.hpp"

#include <set>

BOOST_AUTO_TEST_SUITE(base64)

using namespace easel;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

/// Bit by bit, slow and plain: what the tables must agree with.
std::string encoded_plainly(std::string_view bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6)
      text += digits[bits >> (count - 6) & 63];
  }
  if (count > 0)
    text += digits[bits << (6 - count) & 63];
  while (text.size() % 4 != 0)
    text += '=';
  return text;
}

struct vector {
  const char* bytes;
  const char* text;
};

constexpr vector rfc_4648_vectors[] = {{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"}};

} // namespace

BOOST_AUTO_TEST_CASE(it_agrees_with_the_vectors_of_rfc_4648) {
  for (const auto& each : rfc_4648_vectors) {
    BOOST_TEST(encoded(each.bytes) == each.text);
    BOOST_TEST(decode_base64(each.text).value() == each.bytes);
    BOOST_TEST(base64_length(std::string_view(each.bytes).size()) == std::string_view(each.text).size());
  }
}

BOOST_AUTO_TEST_CASE(every_length_round_trips_and_agrees_with_the_plain_encoder) {
  for_seeds(3, [](seeded& random) {
    for (std::size_t size = 0; size < 300; ++size) {
      const auto bytes = random.bytes(size);
      const auto text = encoded(bytes);
      BOOST_TEST(text == encoded_plainly(bytes));
      BOOST_TEST((decode_base64(text) == bytes));
    }
  });
}

BOOST_AUTO_TEST_CASE(long_input_crosses_the_block_boundaries_unharmed) {
  for_seeds(2, [](seeded& random) {
    for (const std::size_t size : {6143u, 6144u, 6145u, 12288u, 100'001u}) {
      const auto bytes = random.bytes(size);
      const auto text = encoded(bytes);
      BOOST_TEST((text == encoded_plainly(bytes)));
      BOOST_TEST((decode_base64(text) == bytes));
    }
  });
}

BOOST_AUTO_TEST_CASE(appending_keeps_what_was_there_and_pieces_of_three_bytes_join) {
  seeded random(7);
  const auto bytes = random.bytes(300);
  std::string text = "before:";
  for (std::size_t at = 0; at < bytes.size(); at += 30)
    append_base64(text, std::string_view(bytes).substr(at, 30));
  BOOST_TEST(text == "before:" + encoded_plainly(bytes));
}

BOOST_AUTO_TEST_CASE(every_splitting_in_three_decodes_alike) {
  seeded random(11);
  for (const std::size_t size : {10u, 11u, 12u}) {
    const auto bytes = random.bytes(size);
    const auto text = encoded(bytes);
    const std::string_view view = text;
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        base64_decoder decoder;
        std::string out;
        const bool fed = decoder.feed(view.substr(0, first), out)
                         && decoder.feed(view.substr(first, second - first), out)
                         && decoder.feed(view.substr(second), out);
        BOOST_TEST((fed && decoder.finish() && out == bytes));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(random_splittings_of_long_text_decode_alike) {
  for_seeds(30, [](seeded& random) {
    const auto bytes = random.bytes(random.between<std::size_t>(0, 20'000));
    const auto text = encoded(bytes);
    base64_decoder decoder;
    std::string out;
    bool fed = true;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = random.between<std::size_t>(0, 5000);
      fed = fed && decoder.feed(std::string_view(text).substr(at, size), out);
      at += size;
    }
    BOOST_TEST((fed && decoder.finish() && out == bytes));
  });
}

BOOST_AUTO_TEST_CASE(a_text_that_stops_inside_a_group_is_not_finished) {
  const std::string text = "Zm9vYg==";
  for (std::size_t size = 0; size < text.size(); ++size) {
    base64_decoder decoder;
    std::string out;
    BOOST_TEST(decoder.feed(std::string_view(text).substr(0, size), out));
    BOOST_TEST(decoder.finish() == (size % 4 == 0));
  }
}

BOOST_AUTO_TEST_CASE(every_foreign_byte_is_refused_at_every_place) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::set<char> known(digits.begin(), digits.end());
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    for (std::size_t place = 0; place < 8; ++place) {
      std::string text = "Zm9vYmFy";
      text[place] = c;
      const bool is_padding_at_the_end = c == '=' && place == 7;
      // With '=' in the last place the group loses a byte whose unused bits would not be zero.
      BOOST_TEST(decode_base64(text).has_value() == (known.contains(c) && !is_padding_at_the_end));
    }
  }
}

BOOST_AUTO_TEST_CASE(misplaced_padding_is_refused_in_one_piece_and_byte_by_byte) {
  for (const std::string_view text : {"=", "==", "===", "====", "Z===", "Zg=", "Zg=g", "Zg==Zg==", "Zm9v====", "Zg===",
                                      "Zg==\n", "Zm8=Zm8=", "Zm9v=", "Zm9vY=g=", "\nZm9v", "Zm9v Zm9v", "Zm-_"}) {
    BOOST_TEST_CONTEXT("text " << text) {
      BOOST_TEST(!decode_base64(text));
      base64_decoder decoder;
      std::string out;
      bool fed = true;
      for (const char c : text)
        fed = decoder.feed(std::string_view(&c, 1), out);
      BOOST_TEST(!(fed && decoder.finish()));
    }
  }
}

BOOST_AUTO_TEST_CASE(unused_bits_must_be_zero_so_that_one_text_stands_for_some_bytes) {
  BOOST_TEST(decode_base64("Zg==").has_value());
  BOOST_TEST(!decode_base64("Zh=="));
  BOOST_TEST(!decode_base64("Zm9="));
  for_seeds(3, [](seeded& random) {
    int accepted_differently = 0;
    for (int i = 0; i < 20'000; ++i) {
      std::string text = random.bytes(8);
      for (auto& c : text)
        c = "ABCDwxyz0189+/=="[static_cast<unsigned char>(c) % 16];
      if (const auto bytes = decode_base64(text))
        accepted_differently += encoded(*bytes) != text;
    }
    BOOST_TEST(accepted_differently == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_decoder_that_saw_something_wrong_stays_that_way) {
  base64_decoder decoder;
  std::string out;
  BOOST_TEST(decoder.feed("Zm9v", out));
  BOOST_TEST(!decoder.feed("Zm9vZm!v", out));
  BOOST_TEST(!decoder.feed("Zm9v", out));
  BOOST_TEST(!decoder.finish());
  BOOST_TEST(out.substr(0, 6) == "foofoo");
}

BOOST_AUTO_TEST_CASE(the_url_alphabet_has_no_padding_and_only_one_text_for_any_bytes) {
  BOOST_TEST(encode_base64url("\xfb\xff\xbf") == "-_-_");
  BOOST_TEST(encode_base64url("").empty());
  BOOST_TEST(encode_base64url("f") == "Zg");
  BOOST_TEST(encode_base64url("fo") == "Zm8");
  BOOST_TEST((decode_base64url("Zm9v") == "foo"));
  BOOST_TEST((decode_base64url("") == ""));
  for (const auto* wrong : {"Zg==", "Zm8=", "Z", "Zm9vY", "+/+/", "Zh", "Zm9", "Zm 8", "Zm8\n", "Zm8.", "\xff\xff"})
    BOOST_TEST(!decode_base64url(wrong), wrong);
  for_seeds(200, [](seeded& random) {
    const auto bytes = random.bytes(random.between<std::size_t>(0, 100));
    const auto text = encode_base64url(bytes);
    BOOST_TEST(text.find_first_of("+/=") == std::string::npos);
    BOOST_TEST((decode_base64url(text) == bytes));
  });
}

BOOST_AUTO_TEST_SUITE_END()
