#pragma once

#include "policies/generation_request.hpp"
#include "policies/vocabulary/expected.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace easel::server {

inline constexpr int max_json_depth = 32;

/// A body as a JSON object without its nulls, which mean the same as absence. UTF-8 is checked; nothing of the
/// body appears in the error.
[[nodiscard]] expected<nlohmann::json, policies::field_error> parse_object(std::string_view body);

/// Reads typed fields of an object; the first that has the wrong type is the error.
class field_reader {
public:
  explicit field_reader(nlohmann::json& object) : object_(object) {}

  /// Moves the text out of the object.
  [[nodiscard]] std::optional<std::string> text(std::string_view name);
  [[nodiscard]] std::optional<int> whole(std::string_view name);
  [[nodiscard]] std::optional<bool> flag(std::string_view name);
  void refuse(std::string_view name, std::string code, std::string message);
  /// Any field that is not listed is a mistake.
  void allow_only(std::initializer_list<std::string_view> names);

  [[nodiscard]] const std::optional<policies::field_error>& error() const { return error_; }

private:
  [[nodiscard]] nlohmann::json* find(std::string_view name);

  nlohmann::json& object_;
  std::optional<policies::field_error> error_;
};

} // namespace easel::server
