#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Figures and tables as a terminal shows them.
namespace easel::easelctl {

/// Columns as wide as their widest cell; those of figures stand at the right. Lines end without blanks.
class text_table {
public:
  struct column {
    std::string head;
    bool is_number = false;
  };
  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text(std::string_view indent = "") const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns a text takes: code points, none of ours being wide.
[[nodiscard]] std::size_t width_of(std::string_view text);
/// At most `width` columns, the last of them "…" when something was cut off.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

[[nodiscard]] std::string in_words(double milliseconds); ///< "340 µs", "12 ms", "4.2 s", "3 min 5 s", "2 d 4 h"
[[nodiscard]] std::string percent(double share);
[[nodiscard]] std::string per_second(double rate);
/// A bar of `width` columns that is full at 1.
[[nodiscard]] std::string bar(double share, std::size_t width);

} // namespace easel::easelctl
