#include "policies/vocabulary/uuid.hpp"

#include <algorithm>

namespace easel {

namespace {

__extension__ using uint128 = unsigned __int128;

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Crockford's alphabet: no i, l, o, u.
constexpr std::string_view base32_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t base32_length = 26;

constexpr std::uint8_t no_hex_digit = 0xff;

/// Inverse of an alphabet of digits, over every byte there is.
constexpr std::array<std::uint8_t, 256> inverse(std::string_view digits) {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_hex_digit);
  for (std::size_t i = 0; i < digits.size(); ++i)
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return table;
}

constexpr auto base32_values = inverse(base32_digits);

constexpr auto hex_values = [] {
  auto table = inverse(hex_digits);
  for (int i = 10; i < 16; ++i)
    table[static_cast<std::size_t>('A' + i - 10)] = static_cast<std::uint8_t>(i);
  return table;
}();

constexpr bool hyphen_precedes(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

} // namespace

uuid make_uuid_v7(instant at, const std::array<std::uint8_t, 10>& random) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
  const auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0));
  uuid id;
  for (std::size_t i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f)); // version 7
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f)); // variant of RFC 9562
  return id;
}

instant minted_at(const uuid& id) {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 6; ++i)
    millis = (millis << 8) | id.bytes[i];
  return instant(std::chrono::milliseconds(millis));
}

std::string to_string(const uuid& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (hyphen_precedes(i))
      text += '-';
    text += hex_digits[id.bytes[i] >> 4];
    text += hex_digits[id.bytes[i] & 15];
  }
  return text;
}

std::optional<uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36)
    return std::nullopt;
  uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (hyphen_precedes(i) && text[at++] != '-')
      return std::nullopt;
    const auto high = hex_values[static_cast<unsigned char>(text[at++])];
    const auto low = hex_values[static_cast<unsigned char>(text[at++])];
    if (high == no_hex_digit || low == no_hex_digit)
      return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

std::string to_base32(const uuid& id) {
  uint128 value = 0;
  for (const auto byte : id.bytes)
    value = value << 8 | byte;
  std::string text(base32_length, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 5)
    *digit = base32_digits[static_cast<std::size_t>(value & 31)];
  return text;
}

std::optional<uuid> parse_base32(std::string_view text) {
  // 26 digits hold 130 bits: a first digit above 7 would be lost, so two texts would name one id.
  if (text.size() != base32_length || text[0] > '7')
    return std::nullopt;
  uint128 value = 0;
  for (const char c : text) {
    const auto digit = base32_values[static_cast<unsigned char>(c)];
    if (digit == no_hex_digit)
      return std::nullopt;
    value = value << 5 | digit;
  }
  uuid id;
  for (auto byte = id.bytes.rbegin(); byte != id.bytes.rend(); ++byte, value >>= 8)
    *byte = static_cast<std::uint8_t>(value);
  return id;
}

} // namespace easel
