#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>

/// How the result of a command is printed for people; --json prints the document itself.
namespace easel::easelctl {

[[nodiscard]] inline std::string plain(const nlohmann::ordered_json& value) {
  if (value.is_null())
    return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A line: the field's name in `width` columns, and its value.
inline void print_field(std::ostream& out, const std::string& name, const nlohmann::ordered_json& value,
                        std::size_t width) {
  out << name << std::string(std::max(width, name.size() + 1) - name.size(), ' ') << plain(value) << '\n';
}

inline void print_fields(std::ostream& out, const nlohmann::ordered_json& of, std::size_t width) {
  for (const auto& [name, value] : of.items())
    print_field(out, name, value, width);
}

} // namespace easel::easelctl
