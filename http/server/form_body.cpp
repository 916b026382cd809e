#include "http/server/form_body.hpp"

#include "http/server/fields.hpp"
#include "http/server/routes.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>

namespace easel::server {

namespace {

constexpr std::size_t longest_form = 4096; // bytes

} // namespace

expected<form, problem> read_form(const exchange& asked, std::initializer_list<std::string_view> known) {
  const auto type = asked.field("content-type").value_or("");
  const auto bare = trim(type.substr(0, type.find(';')));
  if (!asked.body().empty() && !same_but_for_case(bare, "application/x-www-form-urlencoded"))
    return unexpected(plain_problem(415, "unsupported_media_type", "The body must be a form's."));
  if (asked.body().size() > longest_form)
    return unexpected(plain_problem(413, "request_too_large", "The form is larger than any of this service."));
  auto fields = parse_query(asked.body());
  if (!fields)
    return unexpected(plain_problem(400, "invalid_form", "The form is malformed, or has a field twice."));
  for (const auto& [name, value] : *fields)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return unexpected(
        plain_problem(400, "unknown_parameter", "The form has a field that this service does not know."));
  return std::move(*fields);
}

std::string_view value_of(const form& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

} // namespace easel::server
