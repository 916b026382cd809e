#include "policies/api_key.hpp"

#include "tests/policies/seeds.hpp"

#include <set>

BOOST_AUTO_TEST_SUITE(api_keys)

using namespace easel;
using namespace easel::policies;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::array<std::uint8_t, 32> any_random(seeded& random) {
  std::array<std::uint8_t, 32> bytes;
  for (auto& byte : bytes)
    byte = random.between<std::uint8_t>(0, 255);
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_key_has_its_form_and_is_recognized) {
  for_seeds(200, [](seeded& random) {
    const auto key = make_api_key(any_random(random));
    const auto& text = key.reveal();
    BOOST_TEST(text.size() == 53);
    BOOST_TEST(text.substr(0, 4) == "esl_");
    BOOST_TEST(text.find_first_not_of(digits, 4) == std::string::npos);
    BOOST_TEST(is_api_key(text));
    BOOST_TEST(api_key_hint(key) == text.substr(49));
  });
}

BOOST_AUTO_TEST_CASE(the_smallest_and_largest_randomness_fit_the_length) {
  std::array<std::uint8_t, 32> bytes{};
  BOOST_TEST(make_api_key(bytes).reveal().substr(4, 43) == std::string(43, '0'));
  bytes[31] = 62;
  BOOST_TEST(make_api_key(bytes).reveal().substr(4, 43) == std::string(41, '0') + "10");
  bytes.fill(0xff);
  BOOST_TEST(is_api_key(make_api_key(bytes).reveal()));
}

BOOST_AUTO_TEST_CASE(different_randomness_makes_different_keys) {
  seeded random(3);
  std::set<std::string> keys;
  auto bytes = any_random(random);
  for (auto& byte : bytes) {
    for (int i = 0; i < 256; ++i) {
      byte = static_cast<std::uint8_t>(i);
      keys.insert(make_api_key(bytes).reveal());
    }
  }
  BOOST_TEST(keys.size() == 32 * 255 + 1);
}

BOOST_AUTO_TEST_CASE(every_single_typing_error_and_every_swap_of_neighbours_is_noticed) {
  for_seeds(3, [](seeded& random) {
    const auto key = make_api_key(any_random(random)).reveal();
    int unnoticed = 0;
    for (std::size_t at = 0; at < key.size(); ++at) {
      for (const char c : digits) {
        auto wrong = key;
        wrong[at] = c;
        unnoticed += wrong != key && is_api_key(wrong);
      }
      auto swapped = key;
      if (at > 0)
        std::swap(swapped[at - 1], swapped[at]);
      unnoticed += swapped != key && is_api_key(swapped);
    }
    BOOST_TEST(unnoticed == 0);
  });
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_key) {
  const auto key = make_api_key({1, 2, 3}).reveal();
  BOOST_TEST(!is_api_key(""));
  BOOST_TEST(!is_api_key("esl_"));
  BOOST_TEST(!is_api_key(key + "0"));
  BOOST_TEST(!is_api_key(" " + key));
  BOOST_TEST(!is_api_key(key.substr(0, 52)));
  BOOST_TEST(!is_api_key(key.substr(0, 52) + '\0'));
  BOOST_TEST(!is_api_key(std::string(1 << 20, 'x')));
  BOOST_TEST(!is_api_key("sk_" + key.substr(3)));
}

BOOST_AUTO_TEST_CASE(the_hint_of_something_short_is_no_longer_than_it) {
  BOOST_TEST(api_key_hint(secret_text("abc")) == "abc");
  BOOST_TEST(api_key_hint(secret_text()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
