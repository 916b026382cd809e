#pragma once

#include <iterator>
#include <random>
#include <string>

namespace easel::test {

/// Bends texts at random, the same way in every run.
class mutator {
public:
  std::string operator()(std::string text) {
    for (int i = below(4); i >= 0; --i)
      bend(text);
    return text;
  }
  std::size_t position(const std::string& text) {
    return static_cast<std::size_t>(below(static_cast<int>(text.size()) + 1));
  }
  int below(int limit) { return limit <= 0 ? 0 : static_cast<int>(random_() % static_cast<unsigned>(limit)); }

private:
  void bend(std::string& text) {
    static const char* const pieces[] = {
      "\"", "\\", "{",   "}",        "[",     "]",          ",",    ":",    "null", "-1",   "1e999",
      "\n", "\r", "\\u", "b64_json", "data:", "\"error\":", "\xff", "\xc3", "  ",   "true", "999999999999999999999"};
    const auto at = position(text);
    switch (below(5)) {
    case 0:
      if (at < text.size())
        text[at] = static_cast<char>(below(256));
      break;
    case 1:
      text.erase(at, static_cast<std::size_t>(below(12)));
      break;
    case 2:
      text.insert(at, pieces[below(std::size(pieces))]);
      break;
    case 3:
      text.insert(at, text.substr(position(text), static_cast<std::size_t>(below(40))));
      break;
    default:
      text.resize(at);
    }
  }
  std::mt19937 random_{20'261'123};
};

} // namespace easel::test
