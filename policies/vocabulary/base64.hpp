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

/// Decodes a text that arrives in pieces of any length. Strict: only the alphabet (no line breaks), padding only at
/// the end and complete, unused bits zero. So exactly one text decodes to any given bytes.
class base64_decoder {
public:
  /// Appends what is complete to `out`. False once anything wrong was seen; `out` then holds what preceded it.
  [[nodiscard]] bool feed(std::string_view text, std::string& out);
  /// True when the text ended on a boundary: nothing half decoded is left.
  [[nodiscard]] bool finish() const;

private:
  bool take_character(unsigned char c, std::string& out);
  bool close_group(std::string& out);

  unsigned pending_ = 0; ///< bits of the group under way
  int held_ = 0;         ///< characters of it, padding included
  int padding_ = 0;      ///< once there is any, nothing may follow its group
  bool bad_ = false;
};

[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// The alphabet for URLs and tokens, without padding (RFC 4648, section 5; RFC 7515, section 2).
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

/// As strict as `decode_base64`: no padding, none of '+' and '/', unused bits zero.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

} // namespace easel
