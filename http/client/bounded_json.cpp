#include "http/client/bounded_json.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

namespace easel::client {
namespace {

using nlohmann::json;

bool shallow(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if ((c == '{' || c == '[') && ++depth > max_depth) {
      return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

} // namespace

std::optional<json> parse_bounded(std::string_view text, int max_depth) {
  if (!shallow(text, max_depth))
    return std::nullopt;
  auto value = json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded())
    return std::nullopt;
  return value;
}

std::optional<json> parse_unambiguous(std::string_view text, int max_depth) {
  if (!shallow(text, max_depth))
    return std::nullopt;
  std::vector<std::set<std::string>> names; // of the objects that are open
  bool ambiguous = false;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start)
      names.emplace_back();
    else if (event == json::parse_event_t::object_end)
      names.pop_back();
    else if (event == json::parse_event_t::key)
      ambiguous = !names.back().insert(parsed.get<std::string>()).second || ambiguous;
    return true;
  };
  auto value = json::parse(text.begin(), text.end(), watch, false);
  if (value.is_discarded() || ambiguous)
    return std::nullopt;
  return value;
}

const json& member(const json& value, const char* name) {
  static const json nothing;
  if (!value.is_object())
    return nothing;
  const auto found = value.find(name);
  return found == value.end() ? nothing : *found;
}

const std::string& text_member(const json& value, const char* name) {
  static const std::string nothing;
  const auto& found = member(value, name);
  return found.is_string() ? found.get_ref<const std::string&>() : nothing;
}

std::optional<std::int64_t> integer_member(const json& value, const char* name, std::int64_t least, std::int64_t most) {
  const auto& found = member(value, name);
  if (!found.is_number_integer())
    return std::nullopt;
  if (found.is_number_unsigned() && found.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return std::nullopt;
  const auto number = found.get<std::int64_t>();
  if (number < least || number > most)
    return std::nullopt;
  return number;
}

std::optional<std::string> json_string(std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), plain))
    return to_text(json(text));
  std::string out;
  out.reserve(text.size() + 2);
  out.append(1, '"').append(text).append(1, '"');
  return out;
}

std::optional<std::string> to_text(const json& value) {
  try {
    return value.dump();
  } catch (const json::type_error&) { // the library's only way to say that a string is not UTF-8
    return std::nullopt;
  }
}

} // namespace easel::client
