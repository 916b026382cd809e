#pragma once

#include <optional>
#include <simdjson.h>
#include <string_view>

/// For the two JSON texts that come with every generation: simdjson's tree costs a tenth of nlohmann/json's, and its
/// memory is used again. As strict as `parse_bounded`; what it makes of a text is valid until the thread's next one.
namespace easel::client {

/// Nothing unless `text` is one JSON object (RFC 8259, UTF-8) of at most 1 MiB, nested at most 32 deep.
[[nodiscard]] std::optional<simdjson::dom::object> parse_quickly(std::string_view text);

/// The member `name`, if it is there exactly once: of two nobody could say which one counts.
[[nodiscard]] std::optional<simdjson::dom::element> only(const simdjson::dom::object& object, std::string_view name);

/// `value` if it is a T; a whole number is a double too.
template <class T>
[[nodiscard]] std::optional<T> as(const std::optional<simdjson::dom::element>& value) {
  T out;
  if (!value || value->get(out) != simdjson::SUCCESS)
    return std::nullopt;
  return out;
}

} // namespace easel::client
