#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace easel {

/// 128 bits in network order. Made as UUIDv7 (RFC 9562, section 5.7), so ids sort by the time they were minted.
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const uuid&, const uuid&) = default;
};

/// `random` supplies the 74 bits after the timestamp; the caller owns the source of randomness.
[[nodiscard]] uuid make_uuid_v7(instant at, const std::array<std::uint8_t, 10>& random);

/// The millisecond at which a UUIDv7 was minted.
[[nodiscard]] instant minted_at(const uuid& id);

/// The canonical 8-4-4-4-12 form, as PostgreSQL prints it.
[[nodiscard]] std::string to_string(const uuid& id);
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text);

/// 26 lower-case characters of Crockford's base 32, as in the TypeID specification.
[[nodiscard]] std::string to_base32(const uuid& id);
[[nodiscard]] std::optional<uuid> parse_base32(std::string_view text);

} // namespace easel

template <>
struct std::hash<easel::uuid> {
  std::size_t operator()(const easel::uuid& id) const noexcept {
    // The tail is random already; folding eight of its bytes is a good hash.
    std::size_t h = 0;
    for (std::size_t i = 8; i < 16; ++i)
      h = (h << 8) | id.bytes[i];
    return h;
  }
};
