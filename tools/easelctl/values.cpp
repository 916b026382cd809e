#include "tools/easelctl/values.hpp"

#include "tools/easelctl/words.hpp"

#include <charconv>

namespace easel::easelctl {

tier tier_of(const std::string& text) {
  const auto which = parse_tier(text);
  if (!which)
    reject("the tier is 'free' or 'paid', not '" + text + "'");
  return *which;
}

std::int64_t whole_number(const std::string& text, const char* what, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > most)
    reject(std::string(what) + " must be a whole number from 1 to " + std::to_string(most));
  return value;
}

credits amount_of(const std::string& text) {
  return credits::unchecked(whole_number(text, "the amount", credits::bound));
}

} // namespace easel::easelctl
