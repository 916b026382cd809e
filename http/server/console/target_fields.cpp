#include "http/server/console/target_fields.hpp"

#include "http/server/views.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace easel::server {

namespace {

constexpr std::size_t longest_reason = 200;

template <class Id>
std::optional<Id> id_in(field_reader& fields, const char* name, const char* wrong) {
  const auto text = fields.text(name);
  if (!text)
    return std::nullopt;
  const auto id = parse_id<Id>(*text);
  if (!id)
    fields.refuse(name, "invalid_value", wrong);
  return id.value_or(Id{});
}

template <class Id>
Id needed(std::optional<Id> found, field_reader& fields, const char* name, const char* wrong) {
  if (!found)
    fields.refuse(name, "invalid_value", wrong);
  return found.value_or(Id{});
}

/// Whether it holds control characters, those of ISO 6429's second set among them (U+0080 to U+009F): the audit is read
/// in terminals too.
bool steers_terminals(std::string_view text) {
  unsigned char before = 0;
  return std::any_of(text.begin(), text.end(), [&](char one) {
    const auto c = static_cast<unsigned char>(one);
    const bool is_second_set = std::exchange(before, c) == 0xc2 && c < 0xa0;
    return c < 0x20 || c == 0x7f || is_second_set;
  });
}

constexpr auto no_actor = "must be the number of an actor.";
constexpr auto no_generation = "must be the id of a generation.";
constexpr auto no_account = "must be the id of an account.";

} // namespace

std::optional<std::uint64_t> actor_in(field_reader& fields) {
  const auto number = fields.whole("actor");
  if (!number)
    return std::nullopt;
  if (*number < 1)
    fields.refuse("actor", "invalid_value", no_actor);
  return static_cast<std::uint64_t>(std::max(*number, 0));
}

std::optional<generation_id> generation_in(field_reader& fields) {
  return id_in<generation_id>(fields, "generation", no_generation);
}

std::optional<account_id> account_in(field_reader& fields) { return id_in<account_id>(fields, "account", no_account); }

std::uint64_t read_actor(field_reader& fields) { return needed(actor_in(fields), fields, "actor", no_actor); }

generation_id read_generation(field_reader& fields) {
  return needed(generation_in(fields), fields, "generation", no_generation);
}

account_id read_account(field_reader& fields) { return needed(account_in(fields), fields, "account", no_account); }

std::string read_reason(field_reader& fields, bool is_needed) {
  auto reason = fields.text("reason").value_or("");
  if (steers_terminals(reason))
    fields.refuse("reason", "invalid_value", "must not hold control characters.");
  if (reason.size() > longest_reason || (is_needed && reason.empty()))
    fields.refuse("reason", "invalid_value",
                  is_needed ? "must have 1 to 200 bytes: it is for the audit." : "has at most 200 bytes.");
  return reason;
}

} // namespace easel::server
