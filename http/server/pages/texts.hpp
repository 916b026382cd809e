#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace easel::server {

/// Every text of the pages in one language, by key. A text may hold `{name}` where a value belongs.
class text_catalogue {
public:
  /// A flat JSON object of strings. Throws std::invalid_argument for anything else: it is a file of ours.
  explicit text_catalogue(std::string_view json);

  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const { return texts_; }

private:
  std::map<std::string, std::string, std::less<>> texts_;
};

} // namespace easel::server
