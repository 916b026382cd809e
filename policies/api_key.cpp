#include "policies/api_key.hpp"

#include "policies/vocabulary/crc32.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

constexpr std::string_view prefix = "esl_";
constexpr std::string_view base62_digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_length = 43;  ///< 62^43 is just above 2^256
constexpr std::size_t checksum_length = 6; ///< 62^6 is above 2^32
constexpr std::size_t key_length = prefix.size() + random_length + checksum_length;

/// Divides a big-endian number by 62 in place and returns the remainder.
unsigned divide_by_62(std::array<std::uint8_t, 32>& number) {
  unsigned rest = 0;
  for (auto& byte : number) {
    rest = rest << 8 | byte;
    byte = static_cast<std::uint8_t>(rest / 62);
    rest %= 62;
  }
  return rest;
}

std::array<char, checksum_length> checksum_of(std::string_view text) {
  std::array<char, checksum_length> digits{};
  auto left = crc32(text);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, left /= 62)
    *digit = base62_digits[left % 62];
  return digits;
}

} // namespace

secret_text make_api_key(const std::array<std::uint8_t, 32>& random) {
  std::string key(prefix);
  key.resize(prefix.size() + random_length);
  auto number = random;
  for (std::size_t i = key.size(); i-- > prefix.size();)
    key[i] = base62_digits[divide_by_62(number)];
  const auto checksum = checksum_of(key);
  key.append(checksum.data(), checksum.size());
  return secret_text(std::move(key));
}

bool is_api_key(std::string_view text) {
  if (text.size() != key_length || text.substr(0, prefix.size()) != prefix)
    return false;
  if (text.find_first_not_of(base62_digits, prefix.size()) != std::string_view::npos)
    return false;
  const auto checksum = checksum_of(text.substr(0, key_length - checksum_length));
  return std::equal(checksum.begin(), checksum.end(), text.end() - checksum_length);
}

std::string api_key_hint(const secret_text& key) {
  const auto& text = key.reveal();
  return text.substr(text.size() - std::min<std::size_t>(text.size(), 4));
}

} // namespace easel::policies
