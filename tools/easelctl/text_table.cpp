#include "tools/easelctl/text_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace easel::easelctl {

namespace {

std::string printed(const char* format, double value) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format, value);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::string pair_of(double whole, const char* unit, double rest, const char* of_rest) {
  return printed("%.0f ", std::floor(whole)) + unit + printed(" %.0f ", std::floor(rest)) + of_rest;
}

} // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width)
    return std::string(text);
  std::size_t columns = 0, at = 0;
  while (at < text.size()) {
    auto next = at + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80)
      ++next;
    if (++columns >= width)
      break;
    at = next;
  }
  return width == 0 ? std::string() : std::string(text.substr(0, at)) + "…";
}

std::string text_table::text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto widest = width_of(columns_[i].head);
    for (const auto& row : rows_)
      widest = std::max(widest, width_of(row[i]));
    widths.push_back(widest);
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::string one(indent);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string blanks(widths[i] - width_of(cell), ' ');
      one += i == 0 ? "" : "  ";
      one += columns_[i].is_number ? blanks + cell : cell + blanks;
    }
    one.erase(one.find_last_not_of(' ') + 1);
    out += one + '\n';
  };
  line([&](std::size_t i) -> const std::string& { return columns_[i].head; });
  for (const auto& row : rows_)
    line([&](std::size_t i) -> const std::string& { return row[i]; });
  return out;
}

std::string in_words(double ms) {
  if (ms <= 0)
    return "0";
  if (ms < 1)
    return printed("%.0f µs", std::max(1.0, std::round(ms * 1000)));
  if (ms < 9.95)
    return printed("%.1f ms", ms);
  if (ms < 999.5)
    return printed("%.0f ms", ms);
  const double s = ms / 1000;
  if (s < 9.95)
    return printed("%.1f s", s);
  if (s < 60)
    return printed("%.0f s", std::floor(s));
  if (s < 3600)
    return pair_of(s / 60, "min", std::fmod(s, 60), "s");
  if (s < 86400)
    return pair_of(s / 3600, "h", std::fmod(s, 3600) / 60, "min");
  return pair_of(s / 86400, "d", std::fmod(s, 86400) / 3600, "h");
}

std::string percent(double share) { return printed(share > 0 && share < 0.0995 ? "%.1f %%" : "%.0f %%", share * 100); }

std::string per_second(double rate) { return printed(rate > 0 && rate < 9.95 ? "%.1f" : "%.0f", rate); }

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string out;
  for (std::size_t i = 0; i < width; ++i)
    out += i < full ? "█" : "░";
  return out;
}

} // namespace easel::easelctl
