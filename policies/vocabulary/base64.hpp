#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace easel {

/// Characters that `bytes` become, padding included (RFC 4648, section 4).
[[nodiscard]] constexpr std::size_t base64_length(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Appends the encoding of `bytes` to `out`. To encode in pieces, give every piece but the last a multiple of 3 bytes.
void append_base64(std::string& out, std::string_view bytes);

/// Decodes a text that arrives in pieces of any length; strict alphabet, padding only at the end.
class base64_decoder {
public:
  /// Appends what is complete to `out`. False once anything outside the alphabet was seen.
  [[nodiscard]] bool feed(std::string_view text, std::string& out);
  /// True when the text ended on a boundary: nothing half decoded is left.
  [[nodiscard]] bool finish() const;

private:
  std::size_t decode_whole_groups(std::string_view text, std::string& out);
  unsigned pending_ = 0; ///< bits of the group under way
  int held_ = 0;         ///< characters of it, padding included
  int padding_ = 0;
  bool bad_ = false;
};

[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

} // namespace easel
