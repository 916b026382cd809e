#include "field_lister.hpp"

#include "config/field_paths.hpp"
#include "config/schema.hpp"
#include "config/units.hpp"

namespace easel::config {
namespace {

class field_lister final : public field_paths {
public:
  void integer(std::string_view key, std::int64_t& value, bounds<std::int64_t>) override {
    add(key, std::to_string(value));
  }
  void flag(std::string_view key, bool& value) override { add(key, value ? "true" : "false"); }
  void text(std::string_view key, std::string& value, std::size_t) override { add(key, value); }
  void secret(std::string_view key, secret_text& value) override { add(key, value.reveal()); }
  void span(std::string_view key, duration& value, bounds<duration>) override { add(key, show_duration(value)); }
  void size(std::string_view key, std::int64_t& value, bounds<std::int64_t>) override { add(key, show_size(value)); }
  void date(std::string_view key, std::chrono::sys_seconds& value) override { add(key, to_string(instant(value))); }
  void choice(std::string_view key, int& value, std::span<const std::string_view> names) override {
    add(key, std::string(names[static_cast<std::size_t>(value)]));
  }
  void texts(std::string_view key, std::vector<std::string>& value, std::span<const std::string_view>) override {
    std::string all;
    for (const auto& text : value)
      all += text + ' ';
    add(key, all);
  }
  void scores(std::string_view key, score_table& value) override {
    std::string all;
    for (const auto& [category, score] : value)
      all += category + '=' + std::to_string(score) + ' ';
    add(key, all);
  }
  void prices(std::string_view key, price_table& value) override {
    for (const auto& [which, price] : value)
      add(std::string(key) + '.' + which.first + '.' + which.second, std::to_string(price.value()));
  }

  listing listed;

private:
  void add(std::string_view key, std::string value) { listed.emplace(full(key), std::move(value)); }
};

} // namespace

listing list_fields(settings all) {
  field_lister lister;
  describe(lister, all);
  return std::move(lister.listed);
}

} // namespace easel::config
