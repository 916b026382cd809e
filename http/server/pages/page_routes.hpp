#pragma once

#include "actors/front_door.hpp"
#include "http/server/routes.hpp"

namespace easel::server {

/// The studio (/, /account and, where something is sold, /billing), its assets, the choice of the language, and what is
/// acknowledged of the documents. Signing in has routes of its own. The front door must outlive the routes.
[[nodiscard]] std::vector<route> page_routes(actors::front_door& front, bool sells, const document_facts& facts);

} // namespace easel::server
