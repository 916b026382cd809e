#include "http/client/stripe_json.hpp"

#include "http/client/bounded_json.hpp"

#include <algorithm>

namespace easel::client::stripe {
namespace {

using nlohmann::json;
namespace bounds = policies::stripe;

constexpr std::int64_t latest = 253'402'300'799;      // the end of the year 9999
constexpr std::int64_t largest = 999'999'999'999'999; // beyond any amount of Stripe's

bool is_word(const std::string& text) {
  return text.size() <= bounds::longest_word
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

reader::reader(const json& object) : object_(object) {
  if (!object.is_object() && !object.is_null())
    good_ = false;
}

const json& reader::member(const char* name) const { return client::member(object_, name); }

std::string reader::id(const char* name) {
  const auto& found = member(name);
  const auto& value = found.is_object() ? client::member(found, "id") : found;
  if (value.is_null())
    return {};
  if (!value.is_string() || !bounds::is_id(value.get_ref<const std::string&>())) {
    spoil();
    return {};
  }
  return value.get<std::string>();
}

std::string reader::word(const char* name) {
  const auto& value = member(name);
  if (value.is_null())
    return {};
  if (!value.is_string() || !is_word(value.get_ref<const std::string&>())) {
    spoil();
    return {};
  }
  return value.get<std::string>();
}

std::optional<std::int64_t> reader::maybe_integer(const char* name) {
  if (member(name).is_null())
    return std::nullopt;
  const auto value = integer_member(object_, name, -largest, largest);
  if (!value)
    spoil();
  return value;
}

std::int64_t reader::integer(const char* name, std::int64_t otherwise) {
  return maybe_integer(name).value_or(otherwise);
}

bool reader::flag(const char* name) {
  const auto& value = member(name);
  if (!value.is_null() && !value.is_boolean())
    spoil();
  return value.is_boolean() && value.get<bool>();
}

std::optional<instant> reader::maybe_time(const char* name) {
  const auto seconds = maybe_integer(name);
  if (!seconds)
    return std::nullopt;
  if (*seconds < 0 || *seconds > latest) {
    spoil();
    return std::nullopt;
  }
  return instant(std::chrono::seconds(*seconds));
}

instant reader::time(const char* name) { return maybe_time(name).value_or(instant()); }

reader reader::within(const char* name) const { return reader(member(name)); }

policies::stripe::our_marks marks_of(const json& metadata) {
  const auto word = [&](const char* name) {
    const auto& value = text_member(metadata, name);
    return is_word(value) ? value : std::string();
  };
  return {word("easel_instance"), word("easel_purchase"), word("easel_account")};
}

} // namespace easel::client::stripe
