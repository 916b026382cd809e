#pragma once

#include "tools/simulator/answer.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace easel::simulator {

struct http_request {
  std::string method;
  std::string path; ///< without the query
  std::map<std::string, std::string, std::less<>> query;
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
  std::string body;

  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name)
        return value;
    return {};
  }

  /// The token of `Authorization: Bearer`, or nothing.
  [[nodiscard]] std::string_view bearer() const {
    constexpr std::string_view scheme = "Bearer ";
    auto value = header("authorization");
    return value.substr(0, scheme.size()) == scheme ? value.substr(scheme.size()) : std::string_view{};
  }

  [[nodiscard]] std::string query_value(std::string_view name) const {
    auto it = query.find(name);
    return it == query.end() ? std::string{} : it->second;
  }
};

/// Takes the one answer to a request. Any thread.
using reply_function = std::function<void(script)>;

/// Splits a request target into path and query and undoes percent encoding. False when it is malformed.
[[nodiscard]] bool read_target(std::string_view target, http_request& out);

} // namespace easel::simulator
