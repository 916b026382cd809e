#include "policies/vocabulary/crc32.hpp"

#include <array>

namespace easel {

namespace {

constexpr auto remainders = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit)
      rest = (rest & 1) != 0 ? rest >> 1 ^ 0xedb88320u : rest >> 1;
    table[byte] = rest;
  }
  return table;
}();

} // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t rest = 0xffffffffu;
  for (const char c : bytes)
    rest = rest >> 8 ^ remainders[(rest ^ static_cast<unsigned char>(c)) & 0xff];
  return ~rest;
}

} // namespace easel
