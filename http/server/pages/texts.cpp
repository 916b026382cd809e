#include "http/server/pages/texts.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace easel::server {

text_catalogue::text_catalogue(std::string_view json) {
  const auto read = nlohmann::json::parse(json, nullptr, false);
  if (!read.is_object())
    throw std::invalid_argument("a catalogue of texts must be a JSON object");
  for (const auto& [key, text] : read.items()) {
    if (!text.is_string())
      throw std::invalid_argument("the text " + key + " is no string");
    texts_.emplace(key, text.get<std::string>());
  }
}

std::optional<std::string_view> text_catalogue::find(std::string_view key) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

} // namespace easel::server
