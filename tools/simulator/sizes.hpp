#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace easel::simulator {

struct pixel_size {
  int width = 0;
  int height = 0;
};

/// WIDTHxHEIGHT, each from 16 to 4096, together at most 4096 x 2304 pixels.
[[nodiscard]] inline std::optional<pixel_size> parse_size(std::string_view text) {
  auto cross = text.find('x');
  if (cross == std::string_view::npos)
    return std::nullopt;
  auto edge = [](std::string_view digits) {
    int value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() && value >= 16 && value <= 4096 ? value : 0;
  };
  pixel_size size{edge(text.substr(0, cross)), edge(text.substr(cross + 1))};
  if (size.width == 0 || size.height == 0 || size.width * size.height > 4096 * 2304)
    return std::nullopt;
  return size;
}

} // namespace easel::simulator
