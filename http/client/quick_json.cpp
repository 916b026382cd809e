#include "http/client/quick_json.hpp"

namespace easel::client {
namespace {

constexpr std::size_t longest_text = 1u << 20; ///< the limits of the calls come first
constexpr std::size_t most_depth = 32;
constexpr std::size_t first_capacity = 4096; ///< bytes; grows with what comes

} // namespace

std::optional<simdjson::dom::object> parse_quickly(std::string_view text) {
  thread_local simdjson::dom::parser parser(longest_text);
  if (parser.max_depth() != most_depth && parser.allocate(first_capacity, most_depth) != simdjson::SUCCESS)
    return std::nullopt;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS)
    return std::nullopt;
  return object;
}

std::optional<simdjson::dom::element> only(const simdjson::dom::object& object, std::string_view name) {
  std::optional<simdjson::dom::element> found;
  for (const auto& field : object) {
    if (field.key != name)
      continue;
    if (found)
      return std::nullopt;
    found = field.value;
  }
  return found;
}

} // namespace easel::client
