#pragma once

#include "policies/vocabulary/bytes.hpp"

#include <optional>
#include <string>

namespace easel::policies {

/// What a client asks for, once its syntax is known to be right and before any catalogue was asked.
/// Field names and meanings are those of OpenAI's Images API; absent and null are the same.
struct generation_request {
  secret_text prompt;
  std::optional<std::string> model;
  std::optional<std::string> size;
  std::optional<std::string> quality;
  std::optional<std::string> background;
  std::optional<std::string> output_format;
  std::optional<int> output_compression;
  std::optional<int> n;
  std::optional<int> partial_images;
};

/// A mistake of the client, in its own words: the field, a stable code, and a sentence that names the bound.
/// The message never repeats the value of a prompt.
struct field_error {
  std::string field;
  std::string code; ///< invalid_value | missing_required_parameter | unknown_parameter | model_not_found
  std::string message;

  friend bool operator==(const field_error&, const field_error&) = default;
};

} // namespace easel::policies
