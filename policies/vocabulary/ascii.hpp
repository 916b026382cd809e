#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Names of protocols (hosts, header fields, schemes) are compared letter by letter in ASCII, whatever the locale is.
namespace easel {

/// A to Z become a to z; every other byte stays.
[[nodiscard]] constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = ascii_lower(c);
  return out;
}

[[nodiscard]] inline bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

} // namespace easel
