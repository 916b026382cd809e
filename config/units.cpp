#include "config/units.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace easel::config {
namespace {

using unit = std::pair<std::string_view, std::int64_t>;

// Largest first, microseconds each.
constexpr std::array<unit, 7> time_units{{{"days", 86'400'000'000},
                                          {"h", 3'600'000'000},
                                          {"min", 60'000'000},
                                          {"s", 1'000'000},
                                          {"ms", 1000},
                                          {"us", 1},
                                          {"day", 86'400'000'000}}};
constexpr std::array<unit, 4> size_units{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};

template <std::size_t N>
std::optional<std::int64_t> parse(std::string_view text, const std::array<unit, N>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{})
    return std::nullopt;
  auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  for (const auto& [known, factor] : units) {
    std::int64_t product = 0;
    if (known == name && !__builtin_mul_overflow(number, factor, &product))
      return product;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string show(std::int64_t value, const std::array<unit, N>& units, std::string_view zero_unit) {
  for (const auto& [name, factor] : units)
    if (value != 0 && value % factor == 0)
      return std::to_string(value / factor) + (name.empty() ? "" : " ") + std::string(name);
  return "0" + (zero_unit.empty() ? std::string() : " " + std::string(zero_unit));
}

} // namespace

std::optional<duration> parse_duration(std::string_view text) {
  if (auto microseconds = parse(text, time_units))
    return duration(*microseconds);
  return std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) { return parse(text, size_units); }

std::string show_duration(duration value) { return show(value.count(), time_units, "s"); }

std::string show_size(std::int64_t bytes) { return show(bytes, size_units, ""); }

} // namespace easel::config
