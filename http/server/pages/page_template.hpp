#pragma once

#include "policies/vocabulary/expected.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one template step of the pages. A template is text of ours with
///
///   {{name}}               a value, escaped
///   {{=key}}               a text of the catalogue, escaped; `{name}` in it is a value, escaped
///   {{?name}} … {{/name}}  only if the value is there and not empty
///   {{>file}}              another template in this place
///
/// There is no way to insert a value unescaped. Pure.
namespace easel::server {

/// What a page is filled with, by name.
using page_values = std::map<std::string, std::string, std::less<>>;

/// Finds a file or a text by its name.
using lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// A template whose files and texts are in place: only values are missing.
class page_template {
public:
  /// The error names what is unknown, unclosed or nested too deep.
  [[nodiscard]] static expected<page_template, std::string> compile(std::string_view source, const lookup& files,
                                                                    const lookup& texts);

  /// Throws std::logic_error when a value is missing, which is a mistake of the caller and never of a person.
  [[nodiscard]] std::string fill(const page_values& values) const;

private:
  struct piece {
    enum class kind { literal, value, begin, end } what = kind::literal;
    std::string text; ///< the literal, or the value's name
  };
  friend class template_compiler;

  std::vector<piece> pieces_;
};

/// The text of the catalogue with its values in place, for places other than a template. Throws as `fill`.
[[nodiscard]] std::string fill_text(std::string_view text, const page_values& values);

/// Safe between tags and inside quoted attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

} // namespace easel::server
