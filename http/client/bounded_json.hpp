#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

/// JSON from strangers: bounded in depth before a tree is built, never throwing.
namespace easel::client {

/// Nothing unless `text` is one JSON value (RFC 8259, UTF-8) nested at most `max_depth` deep.
[[nodiscard]] std::optional<nlohmann::json> parse_bounded(std::string_view text, int max_depth = 32);

/// The same, and nothing when an object names a member twice, which two parsers could read differently: for what is
/// signed or decides where something is sent.
[[nodiscard]] std::optional<nlohmann::json> parse_unambiguous(std::string_view text, int max_depth = 32);

/// The member `name`; null when `value` is no object or has none.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& value, const char* name);

/// The member `name` as text; empty when it is anything else.
[[nodiscard]] const std::string& text_member(const nlohmann::json& value, const char* name);

/// The member `name` as an integer between `least` and `most`; a number with a fraction is none.
[[nodiscard]] std::optional<std::int64_t> integer_member(const nlohmann::json& value, const char* name,
                                                         std::int64_t least, std::int64_t most);

/// `text` as a JSON string with its quotation marks; nothing when it is not UTF-8.
[[nodiscard]] std::optional<std::string> json_string(std::string_view text);

/// The text of `value`; nothing when a string in it is not UTF-8.
[[nodiscard]] std::optional<std::string> to_text(const nlohmann::json& value);

} // namespace easel::client
