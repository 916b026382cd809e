#pragma once

#include "http/server/routes.hpp"

namespace easel::server {

/// The studio (/, /account and, where something is sold, /billing), its assets, and the choice of the language. Signing
/// in has routes of its own.
[[nodiscard]] std::vector<route> page_routes(bool sells);

} // namespace easel::server
