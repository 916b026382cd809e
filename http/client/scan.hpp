#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace easel::client {

/// `text` up to the first `a` or `b`. std::string_view::find_first_of searches for each character anew, which costs a
/// megabyte of base64 several milliseconds. Block by block, so that one that never comes is not searched for again to
/// the end of the text after each of the other.
inline std::string_view up_to(char a, char b, std::string_view text) {
  constexpr std::size_t block = 512;
  for (std::size_t at = 0; at < text.size(); at += block) {
    const auto part = text.substr(at, block);
    const auto run = std::min(part.find(a), part.size());
    const auto end = std::min(part.substr(0, run).find(b), run);
    if (end < part.size())
      return text.substr(0, at + end);
  }
  return text;
}

} // namespace easel::client
