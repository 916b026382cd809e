#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace easel::persistence::postgres {

/// An array literal of PostgreSQL, every element quoted. NUL must not be in it.
class array_text {
public:
  void add(std::string_view element) {
    text_ += text_.size() == 1 ? "\"" : ",\"";
    for (const char c : element) {
      if (c == '"' || c == '\\')
        text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  void add(std::int64_t number) { add(std::to_string(number)); }
  void add_null() { text_ += text_.size() == 1 ? "null" : ",null"; }
  [[nodiscard]] std::string close() && { return std::move(text_) + '}'; }

private:
  std::string text_ = "{";
};

} // namespace easel::persistence::postgres
