#include "config/listing.hpp"

#include "config/field_paths.hpp"
#include "config/load.hpp"
#include "config/schema.hpp"
#include "config/units.hpp"

#include <cmath>
#include <map>

namespace easel::config {
namespace {

/// Addresses may be written with a name and password: "https://NAME:PASSWORD@HOST/".
std::string without_login(std::string text) {
  const auto begin = text.find("://");
  if (begin == std::string::npos)
    return text;
  const auto host = begin + 3;
  const auto end = std::min(text.find_first_of("/?#", host), text.size());
  const auto at = text.rfind('@', end);
  return at == std::string::npos || at < host || at >= end ? text : text.replace(host, at - host, "…");
}

std::string in_quotes(const std::string& text) { return '"' + without_login(text) + '"'; }

std::string shown(double value) {
  auto text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text + '0' : text;
}

/// Comma between, brackets around.
template <class Items, class Show>
std::string list_of(char open, const Items& items, char close, Show show) {
  std::string out(1, open);
  for (const auto& item : items)
    out += (out.size() == 1 ? "" : ", ") + show(item);
  return out + close;
}

class lister final : public field_paths {
public:
  void integer(std::string_view key, std::int64_t& value, bounds<std::int64_t>) override {
    add(key, std::to_string(value));
  }
  void flag(std::string_view key, bool& value) override { add(key, value ? "true" : "false"); }
  void text(std::string_view key, std::string& value, std::size_t) override { add(key, in_quotes(value)); }
  void secret(std::string_view key, secret_text& value) override { add(key, value.empty() ? "not set" : "set", true); }
  void span(std::string_view key, duration& value, bounds<duration>) override {
    add(key, in_quotes(show_duration(value)));
  }
  void size(std::string_view key, std::int64_t& value, bounds<std::int64_t>) override {
    add(key, in_quotes(show_size(value)));
  }
  void date(std::string_view key, std::chrono::sys_seconds& value) override { add(key, to_string(instant(value))); }
  void choice(std::string_view key, int& value, std::span<const std::string_view> names) override {
    add(key, in_quotes(std::string(names[static_cast<std::size_t>(value)])));
  }
  void texts(std::string_view key, std::vector<std::string>& value, std::span<const std::string_view>) override {
    add(key, list_of('[', value, ']', in_quotes));
  }
  void scores(std::string_view key, score_table& value) override {
    add(key, list_of('{', value, '}', [](const auto& one) { return one.first + " = " + shown(one.second); }));
  }
  void prices(std::string_view key, price_table& value) override {
    for (const auto& [which, price] : value)
      add(std::string(key) + '.' + which.first + '.' + which.second, std::to_string(price.value()));
  }

  std::vector<listed_setting> listed;

private:
  void add(std::string_view key, std::string value, bool is_secret = false) {
    listed.push_back({full(key), std::move(value), is_secret, true});
  }
};

std::vector<listed_setting> walk(settings all) {
  lister visitor;
  describe(visitor, all);
  return std::move(visitor.listed);
}

} // namespace

std::vector<listed_setting> list_settings(const settings& all) {
  std::map<std::string, std::string> built_in;
  auto usual = defaults();
  usual.operators.chaos = all.deployed == deployment::development; // what load makes of it
  for (auto& one : walk(std::move(usual)))
    built_in.emplace(std::move(one.key), std::move(one.value));
  auto out = walk(all);
  for (auto& one : out) {
    const auto found = built_in.find(one.key);
    one.is_default = found != built_in.end() && found->second == one.value;
  }
  return out;
}

} // namespace easel::config
