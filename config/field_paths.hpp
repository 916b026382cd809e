#pragma once

#include "config/fields.hpp"

#include <string>
#include <vector>

namespace easel::config {

/// A visitor that changes nothing, and knows of each key how it is written in full: "upstream.kie[0].key".
class field_paths : public field_visitor {
protected:
  [[nodiscard]] std::string full(std::string_view key) const {
    std::string path;
    for (const auto& part : parts_)
      path += part;
    return path.append(key);
  }

  bool enter(std::string_view key, bool has_value) final {
    if (has_value)
      parts_.push_back(std::string(key) + '.');
    return has_value;
  }
  bool enter_item(std::string_view key, std::size_t index) final {
    parts_.push_back(std::string(key) + '[' + std::to_string(index) + "].");
    return true;
  }
  void leave() final { parts_.pop_back(); }
  std::optional<std::size_t> replaced_items(std::string_view) final { return std::nullopt; }

private:
  std::vector<std::string> parts_;
};

} // namespace easel::config
