#pragma once

#include <cstdint>
#include <string_view>

namespace easel {

/// CRC-32 as PNG and gzip use it (ISO 3309): finds accidents, protects against nobody.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

} // namespace easel
