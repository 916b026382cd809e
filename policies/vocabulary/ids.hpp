#pragma once

#include "policies/vocabulary/uuid.hpp"

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace easel {

/// A UUID that knows what it names. Shown as `prefix_` and 26 characters (TypeID): `gen_01k9…`.
template <class Tag>
struct typed_id {
  uuid value;

  friend auto operator<=>(const typed_id&, const typed_id&) = default;
};

template <class Tag>
[[nodiscard]] std::string to_string(const typed_id<Tag>& id) {
  return std::string(Tag::prefix) + '_' + to_base32(id.value);
}

/// The id that `text` shows, or nothing when the prefix or any character is wrong.
template <class Id>
[[nodiscard]] std::optional<Id> parse_id(std::string_view text);

struct generation_tag {
  static constexpr std::string_view prefix = "gen";
};
struct image_tag {
  static constexpr std::string_view prefix = "img";
};
struct account_tag {
  static constexpr std::string_view prefix = "acct";
};
struct key_tag {
  static constexpr std::string_view prefix = "key";
};
struct node_tag {
  static constexpr std::string_view prefix = "node";
};
struct grant_tag {
  static constexpr std::string_view prefix = "grant";
};
struct transfer_tag {
  static constexpr std::string_view prefix = "xfer";
};
struct session_tag {
  static constexpr std::string_view prefix = "sess";
};
struct sign_in_tag {
  static constexpr std::string_view prefix = "signin";
};

using generation_id = typed_id<generation_tag>;
using image_id = typed_id<image_tag>;
using account_id = typed_id<account_tag>;
using key_id = typed_id<key_tag>;
using node_id = typed_id<node_tag>;
using grant_id = typed_id<grant_tag>;
using transfer_id = typed_id<transfer_tag>;
using session_id = typed_id<session_tag>;
using sign_in_id = typed_id<sign_in_tag>;

namespace detail {
template <class Id>
struct tag_of;
template <class Tag>
struct tag_of<typed_id<Tag>> {
  using type = Tag;
};
} // namespace detail

template <class Id>
std::optional<Id> parse_id(std::string_view text) {
  constexpr auto prefix = detail::tag_of<Id>::type::prefix;
  if (text.size() != prefix.size() + 27 || text.substr(0, prefix.size()) != prefix || text[prefix.size()] != '_')
    return std::nullopt;
  if (auto value = parse_base32(text.substr(prefix.size() + 1)))
    return Id{*value};
  return std::nullopt;
}

} // namespace easel

template <class Tag>
struct std::hash<easel::typed_id<Tag>> {
  std::size_t operator()(const easel::typed_id<Tag>& id) const noexcept { return std::hash<easel::uuid>{}(id.value); }
};
