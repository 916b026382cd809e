#pragma once

#include "policies/catalogue.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace easel::config {

template <class T>
struct bounds {
  T least;
  T most;
};

/// Visits every key of the configuration with the variable it stands for. One description (`schema.hpp`) serves all
/// visitors: the reader of a file, and the lister that tests compare defaults with.
class field_visitor {
public:
  using price_table = std::map<std::pair<std::string, std::string>, credits>;
  using score_table = std::map<std::string, double, std::less<>>;

  virtual ~field_visitor() = default;

  virtual void integer(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) = 0;
  virtual void flag(std::string_view key, bool& value) = 0;
  virtual void text(std::string_view key, std::string& value, std::size_t longest) = 0;
  virtual void secret(std::string_view key, secret_text& value) = 0;
  virtual void span(std::string_view key, duration& value, bounds<duration> allowed) = 0;
  /// Bytes, as a number or as text with KiB or MiB.
  virtual void size(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) = 0;
  virtual void date(std::string_view key, std::chrono::sys_seconds& value) = 0;
  /// One of `names`, by index.
  virtual void choice(std::string_view key, int& value, std::span<const std::string_view> names) = 0;
  /// Any of `names`, at least one; `names` empty: free texts.
  virtual void texts(std::string_view key, std::vector<std::string>& value,
                     std::span<const std::string_view> names) = 0;
  virtual void scores(std::string_view key, score_table& value) = 0;
  virtual void prices(std::string_view key, price_table& value) = 0;
  /// A key that stood here once, and `where` it stands now.
  virtual void moved(std::string_view /*key*/, std::string_view /*where*/) {}

  /// Whole numbers of any type.
  template <class Int>
  void number(std::string_view key, Int& value, bounds<std::int64_t> allowed) {
    auto wide = static_cast<std::int64_t>(value);
    integer(key, wide, allowed);
    value = static_cast<Int>(wide);
  }

  /// A section that always has a value.
  template <class Section, class Describe>
  void section(std::string_view key, Section& value, Describe describe) {
    if (!enter(key, true))
      return;
    describe(*this, value);
    leave();
  }

  /// A section that may be missing from a map.
  template <class Map, class Describe>
  void entry(std::string_view key, Map& map, const typename Map::key_type& which, Describe describe) {
    if (!enter(key, map.count(which) != 0))
      return;
    describe(*this, map[which]);
    leave();
  }

  /// [[key]]: an array of sections. One that is present replaces the whole list, each item starting as `prototype`.
  template <class Item, class Describe>
  void list(std::string_view key, std::vector<Item>& items, const Item& prototype, Describe describe) {
    if (auto count = replaced_items(key))
      items.assign(*count, prototype);
    for (std::size_t i = 0; i < items.size() && enter_item(key, i); ++i) {
      describe(*this, items[i]);
      leave();
    }
  }

protected:
  /// False: nothing to visit under this key. `has_value`: whether the variable holds something already.
  virtual bool enter(std::string_view key, bool has_value) = 0;
  virtual bool enter_item(std::string_view key, std::size_t index) = 0;
  virtual void leave() = 0;
  /// How many items the list gets anew; nothing when it stays as it is.
  virtual std::optional<std::size_t> replaced_items(std::string_view key) = 0;
};

} // namespace easel::config
