#pragma once

#include "http/server/routes.hpp"
#include "policies/node_report.hpp"

#include <set>
#include <string>
#include <vector>

namespace easel::server {

/// What the server finds when it asks itself for its own pages.
struct self_findings {
  std::vector<policies::page_fact> pages;
  std::set<std::string, std::less<>> cookies; ///< whose fields it met on the way
};

/// Gets every public page, each file that pages load and a page that is not there, and chooses a language, as a browser
/// would, and looks at what the answers load and set (THIRD-5, COOKIE-1). No connection is made and nothing is logged:
/// `routes` are asked within the process, with what the listener adds to each answer. Pages that want a person are made
/// with nobody's data; `people_sign_in` off: the one for signing in says that nobody can. Takes milliseconds; each
/// answer is waited for, for two seconds at most.
[[nodiscard]] self_findings look_at_own_pages(const route_table& routes, bool people_sign_in = true);

} // namespace easel::server
