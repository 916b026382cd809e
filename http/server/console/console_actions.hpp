#pragma once

#include "actors/console_door.hpp"
#include "http/server/exchange.hpp"

#include <string_view>

/// POST /api/actions/{name} and GET /api/audit.
namespace easel::server {

/// `name`: as docs/openapi-operator.json lists them. Without `stamp` in the body it is previewed, with the stamp of a
/// preview it is done.
void serve_action(actors::console_door& door, const exchange_ptr& asked, const actors::operator_caller& who,
                  std::string_view name);

void serve_audit(actors::console_door& door, const exchange_ptr& asked);

} // namespace easel::server
