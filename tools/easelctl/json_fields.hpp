#pragma once

#include "tools/easelctl/text_table.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

/// Fields of the server's answers. What is missing or of another kind reads as nothing: an older or newer server must
/// not break a terminal.
namespace easel::easelctl {

inline double number(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_number() ? found->get<double>() : 0;
}
inline std::string text(const nlohmann::json& of, const char* name, const char* otherwise = "-") {
  const auto found = of.find(name);
  return found != of.end() && found->is_string() ? found->get<std::string>() : otherwise;
}
inline bool flag(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_boolean() && found->get<bool>();
}
inline nlohmann::json list(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_array() ? *found : nlohmann::json::array();
}
inline nlohmann::json object(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_object() ? *found : nlohmann::json::object();
}
inline std::string whole(const nlohmann::json& of, const char* name) {
  return std::to_string(static_cast<std::int64_t>(number(of, name)));
}
inline std::string span_or_dash(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_number() ? in_words(found->get<double>()) : "-";
}

} // namespace easel::easelctl
