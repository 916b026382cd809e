#include "config/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace easel::config {
namespace {

/// Letters to add, drop, change or swap with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto same = a[i - 1] == b[j - 1];
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    std::swap(above, row);
  }
  return above.back();
}

} // namespace

std::optional<std::string> closest(std::string_view word, std::span<const std::string> known) {
  constexpr std::size_t longest = 64; // a longer word is no typing error, and its distance not worth the time
  constexpr std::size_t most_changes = 2;
  std::optional<std::string> best;
  auto least = most_changes + 1;
  for (const auto& candidate : known) {
    if (word.size() > longest)
      break;
    const auto changes = distance(word, candidate);
    if (changes < least && changes * 2 < candidate.size()) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

} // namespace easel::config
