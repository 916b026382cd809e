#include "http/server/fields.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>

namespace easel::server {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

expectation read_expectation(std::string_view value) {
  auto sum = expectation::none;
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto member = trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (!member.empty())
      sum = std::max(sum, same_but_for_case(member, "100-continue") ? expectation::go_ahead : expectation::unknown);
  }
  return sum;
}

std::vector<std::string_view> values_of(const exchange& asked, std::string_view lower) {
  std::vector<std::string_view> out;
  asked.each_field([&](std::string_view name, std::string_view value) {
    if (same_but_for_case(name, lower))
      out.push_back(value);
  });
  return out;
}

} // namespace easel::server
