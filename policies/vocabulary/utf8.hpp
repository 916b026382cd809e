#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace easel {

/// What must be known of a person's text before it is accepted.
struct text_facts {
  std::size_t code_points = 0;
  bool blank = true; ///< nothing but white space and invisible marks
  bool has_nul = false;

  friend bool operator==(const text_facts&, const text_facts&) = default;
};

/// Nothing when `text` is not UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] std::optional<text_facts> inspect_text(std::string_view text);

} // namespace easel
