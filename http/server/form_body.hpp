#pragma once

#include "http/server/answers.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

/// Bodies of the pages' forms (application/x-www-form-urlencoded).
namespace easel::server {

using form = std::map<std::string, std::string, std::less<>>;

/// The fields of a form of ours: only those that are named, each at most once.
[[nodiscard]] expected<form, problem> read_form(const exchange& asked, std::initializer_list<std::string_view> known);

[[nodiscard]] std::string_view value_of(const form& fields, std::string_view name); ///< empty: it is not there

} // namespace easel::server
