#pragma once

#include "config/fields.hpp"
#include "config/load.hpp"

#include <toml++/toml.h>

#include <map>
#include <string>
#include <vector>

namespace easel::config {

/// Reads a parsed file into the variables that the schema names. Keys that are missing leave their variables alone;
/// keys that nobody asked for are problems. Private to this folder: the only user of toml++ besides `load.cpp`.
class toml_reader final : public field_visitor {
public:
  toml_reader(const toml::table& root, std::filesystem::path file, const environment& env, bool literal_secrets);

  void integer(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) override;
  void flag(std::string_view key, bool& value) override;
  void text(std::string_view key, std::string& value, std::size_t longest) override;
  void secret(std::string_view key, secret_text& value) override;
  void span(std::string_view key, duration& value, bounds<duration> allowed) override;
  void size(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) override;
  void date(std::string_view key, std::chrono::sys_seconds& value) override;
  void choice(std::string_view key, int& value, std::span<const std::string_view> names) override;
  void texts(std::string_view key, std::vector<std::string>& value, std::span<const std::string_view> names) override;
  void scores(std::string_view key, score_table& value) override;
  void prices(std::string_view key, price_table& value) override;
  void moved(std::string_view key, std::string_view where) override;

  /// After the last key of the root: complains about what is left over, and gives up the problems found.
  [[nodiscard]] problems finish();

  /// The line of a key, or of the closest section around it.
  [[nodiscard]] int line_of(std::string key) const;

protected:
  bool enter(std::string_view key, bool has_value) override;
  bool enter_item(std::string_view key, std::size_t index) override;
  void leave() override;
  std::optional<std::size_t> replaced_items(std::string_view key) override;

private:
  struct section_frame {
    const toml::table* table;
    std::string path;
    std::vector<std::string> known;
  };

  /// The node under `key`, which counts as known from now on; null when there is none.
  const toml::node* find(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void complain(const toml::node& where, std::string_view key, std::string reason);
  void complain_about_leftovers();
  /// The value under `key` when it has the type T; a problem that says `what` it must be when it has another.
  template <class T>
  std::optional<T> value_of(std::string_view key, std::string_view what);
  void secret_reference(const toml::table& reference, std::string_view key, secret_text& value);
  void prices_of_size(const toml::node& row, std::string_view key, const std::string& size, price_table& value);

  std::vector<section_frame> frames_;
  std::map<std::string, int> lines_;
  std::filesystem::path file_;
  const environment& env_;
  bool literal_secrets_;
  problems problems_;
};

} // namespace easel::config
