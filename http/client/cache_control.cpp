#include "http/client/cache_control.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace easel::client {
namespace {

constexpr std::int64_t longest_seconds = 365 * 24 * 3600;

std::string trimmed_lower(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return ascii_lower(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Digits, perhaps in quotes as some senders write them. A number that is too large for any type is a long time.
std::optional<std::int64_t> parse_seconds(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc{} ? std::min(seconds, longest_seconds) : longest_seconds;
}

} // namespace

std::optional<duration> parse_max_age(std::string_view cache_control) {
  std::optional<duration> max_age;
  while (!cache_control.empty()) {
    const auto comma = std::min(cache_control.find(','), cache_control.size());
    const auto directive = trimmed_lower(cache_control.substr(0, comma));
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    if (directive == "no-store" || directive == "no-cache")
      return duration::zero();
    constexpr std::string_view name = "max-age=";
    if (directive.compare(0, name.size(), name) != 0 || max_age)
      continue;
    if (const auto seconds = parse_seconds(std::string_view(directive).substr(name.size())))
      max_age = std::chrono::seconds(*seconds);
  }
  return max_age;
}

} // namespace easel::client
