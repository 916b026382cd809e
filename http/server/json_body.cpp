#include "http/server/json_body.hpp"

#include <algorithm>
#include <limits>

namespace easel::server {

namespace {

using json = nlohmann::json;

/// Counted before parsing: the tree of a deep document is never built.
bool too_deep(std::string_view body) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_json_depth)
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

void drop_nulls(json& value) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();)
      it = it->is_null() ? value.erase(it) : std::next(it);
  }
  if (value.is_structured())
    for (auto& child : value)
      drop_nulls(child);
}

/// A client's own field name is worth repeating only when it is short and plain.
std::string printable(std::string_view name) {
  const bool plain = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                       return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
                     });
  return plain ? std::string(name) : std::string("?");
}

} // namespace

expected<json, policies::field_error> parse_object(std::string_view body) {
  const auto bad = [](std::string message) {
    return unexpected(policies::field_error{"", "invalid_json", std::move(message)});
  };
  if (too_deep(body))
    return bad("The body is nested deeper than " + std::to_string(max_json_depth) + " levels.");
  json parsed = json::parse(body, nullptr, false);
  if (parsed.is_discarded())
    return bad("The body is not valid JSON in UTF-8.");
  if (!parsed.is_object())
    return bad("The body must be a JSON object.");
  drop_nulls(parsed);
  return parsed;
}

json* field_reader::find(std::string_view name) {
  const auto it = object_.find(name);
  return it == object_.end() ? nullptr : &*it;
}

std::optional<std::string> field_reader::text(std::string_view name) {
  json* value = find(name);
  if (!value)
    return std::nullopt;
  if (!value->is_string()) {
    refuse(name, "invalid_value", "must be a string.");
    return std::nullopt;
  }
  return std::move(value->get_ref<std::string&>());
}

std::optional<int> field_reader::whole(std::string_view name) {
  json* value = find(name);
  if (!value)
    return std::nullopt;
  constexpr auto most = std::numeric_limits<int>::max();
  if (value->is_number_unsigned() && value->get<std::uint64_t>() <= static_cast<std::uint64_t>(most))
    return value->get<int>();
  if (value->is_number_integer() && !value->is_number_unsigned()
      && value->get<std::int64_t>() >= std::numeric_limits<int>::min())
    return value->get<int>();
  refuse(name, "invalid_value", "must be an integer within bounds.");
  return std::nullopt;
}

std::optional<bool> field_reader::flag(std::string_view name) {
  json* value = find(name);
  if (!value)
    return std::nullopt;
  if (!value->is_boolean()) {
    refuse(name, "invalid_value", "must be true or false.");
    return std::nullopt;
  }
  return value->get<bool>();
}

void field_reader::refuse(std::string_view name, std::string code, std::string message) {
  if (!error_) {
    const std::string shown = printable(name);
    error_ = policies::field_error{shown, std::move(code), "`" + shown + "` " + message};
  }
}

void field_reader::allow_only(std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : object_.items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      return refuse(name, "unknown_parameter", "is not a parameter of this call.");
}

} // namespace easel::server
