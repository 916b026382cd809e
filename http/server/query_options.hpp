#pragma once

#include "http/server/exchange.hpp"
#include "policies/generation_request.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace easel::server {

/// The query of a native route: only the named parameters, each at most once.
class query_options {
public:
  query_options(const exchange& asked, std::initializer_list<std::string_view> known);

  /// An integer within bounds, or `otherwise` when the parameter is absent.
  [[nodiscard]] int whole(std::string_view name, int least, int most, int otherwise);
  /// One of a closed set of values; nothing when the parameter is absent.
  [[nodiscard]] std::optional<std::string> one_of(std::string_view name,
                                                  std::initializer_list<std::string_view> values);
  /// A cursor: an id as a listing gave it.
  template <class Id>
  [[nodiscard]] std::optional<Id> id(std::string_view name) {
    const auto text = find(name);
    if (!text)
      return std::nullopt;
    auto parsed = parse_id<Id>(*text);
    if (!parsed)
      refuse(name, "invalid_value", "must be an id that a listing gave.");
    return parsed;
  }

  [[nodiscard]] const std::optional<policies::field_error>& error() const { return error_; }

private:
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  void refuse(std::string_view name, std::string code, std::string_view message);

  std::map<std::string, std::string, std::less<>> values_;
  std::optional<policies::field_error> error_;
};

} // namespace easel::server
