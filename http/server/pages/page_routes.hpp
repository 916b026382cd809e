#pragma once

#include "http/server/routes.hpp"

namespace easel::server {

/// The studio (/ and /account), its assets, and the choice of the language. Signing in has routes of its own.
[[nodiscard]] std::vector<route> page_routes();

} // namespace easel::server
