#pragma once

#include <cstddef>
#include <optional>
#include <string>
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

/// What a person is called, made fit to be shown: controls, line separators, marks that turn the direction of what
/// follows and other invisible ones are left out (the joiners that scripts need stay), white space is one blank
/// between words and none at the ends. Ends after `most` code points. Nothing when `text` is not UTF-8 or shows
/// nothing.
[[nodiscard]] std::optional<std::string> one_line(std::string_view text, std::size_t most);

} // namespace easel
