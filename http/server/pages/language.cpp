#include "http/server/pages/language.hpp"

namespace easel::server {

namespace {

constexpr std::string_view blank = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view take_until(char separator, std::string_view& rest) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trimmed(piece);
}

/// `q=0.8` in thousandths; 1000 when absent, 0 when it is none.
int quality(std::string_view parameters) {
  if (parameters.empty())
    return 1000;
  if (parameters.size() < 3 || (parameters[0] | 0x20) != 'q' || parameters[1] != '=')
    return 0;
  const auto digits = parameters.substr(2);
  if (digits.front() == '1')
    return 1000;
  if (digits.front() != '0')
    return 0;
  int value = 0, weight = 100;
  for (std::size_t i = 2; i < digits.size() && i < 5 && digits[i] >= '0' && digits[i] <= '9'; ++i, weight /= 10)
    value += (digits[i] - '0') * weight;
  return value;
}

/// Whether a range such as "de" or "DE-at" is served by the language.
bool serves(std::string_view tag, std::string_view range) {
  if (range.size() < tag.size() || (range.size() > tag.size() && range[tag.size()] != '-'))
    return false;
  for (std::size_t i = 0; i < tag.size(); ++i)
    if ((range[i] | 0x20) != tag[i])
      return false;
  return true;
}

} // namespace

std::string_view choose_language(std::optional<std::string_view> chosen, std::string_view accept_language) {
  for (const auto tag : languages)
    if (chosen == tag)
      return tag;
  auto best = languages.front();
  int best_quality = 0;
  while (!accept_language.empty()) {
    auto parameters = take_until(',', accept_language);
    const auto range = take_until(';', parameters);
    const int wanted = quality(trimmed(parameters));
    for (const auto tag : languages)
      if (wanted > best_quality && serves(tag, range)) {
        best = tag;
        best_quality = wanted;
      }
  }
  return best;
}

} // namespace easel::server
