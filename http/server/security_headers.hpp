#pragma once

#include "http/server/exchange.hpp"

#include <string_view>
#include <vector>

namespace easel::server {

/// What every answer carries for the sake of browsers, beside what `head` says itself, which wins (THIRD-5).
[[nodiscard]] std::vector<header> security_headers(const answer_head& head, bool is_https);

/// The first of `headers` by this name, in any case; empty: none.
[[nodiscard]] std::string_view find_header(const std::vector<header>& headers, std::string_view name);

} // namespace easel::server
