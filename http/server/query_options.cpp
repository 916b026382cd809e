#include "http/server/query_options.hpp"

#include "http/server/routes.hpp"

#include <algorithm>
#include <charconv>

namespace easel::server {

query_options::query_options(const exchange& asked, std::initializer_list<std::string_view> known) {
  auto parsed = parse_query(asked.query);
  if (!parsed) {
    error_ = policies::field_error{"", "invalid_query", "The query is malformed or repeats a parameter."};
    return;
  }
  values_ = std::move(*parsed);
  for (const auto& [name, value] : values_)
    if (std::find(known.begin(), known.end(), name) == known.end())
      refuse(name.size() <= 64 ? std::string_view(name) : std::string_view("?"), "unknown_parameter",
             "is not a parameter of this call.");
}

int query_options::whole(std::string_view name, int least, int most, int otherwise) {
  const auto text = find(name);
  if (!text)
    return otherwise;
  int value = 0;
  const auto [end, bad] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (bad == std::errc() && end == text->data() + text->size() && value >= least && value <= most)
    return value;
  refuse(name, "invalid_value",
         "must be an integer from " + std::to_string(least) + " to " + std::to_string(most) + ".");
  return otherwise;
}

std::optional<std::string> query_options::one_of(std::string_view name,
                                                 std::initializer_list<std::string_view> values) {
  auto text = find(name);
  if (!text || std::find(values.begin(), values.end(), *text) != values.end())
    return text;
  std::string known;
  for (const auto value : values)
    known += (known.empty() ? "`" : " or `") + std::string(value) + '`';
  refuse(name, "invalid_value", "must be " + known + ".");
  return std::nullopt;
}

std::optional<std::string> query_options::find(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::nullopt : std::optional(it->second);
}

void query_options::refuse(std::string_view name, std::string code, std::string_view message) {
  if (!error_)
    error_ =
      policies::field_error{std::string(name), std::move(code), "`" + std::string(name) + "` " + std::string(message)};
}

} // namespace easel::server
