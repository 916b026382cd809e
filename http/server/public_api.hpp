#pragma once

#include "actors/billing_door.hpp"
#include "actors/front_door.hpp"
#include "actors/rights_door.hpp"
#include "actors/sign_in_door.hpp"
#include "http/server/routes.hpp"
#include "http/server/settings.hpp"

#include <memory>

namespace easel::server {

/// Every address of the public API. The doors must outlive the listener that serves the table. `per_address` counts
/// who asks how often, everywhere but at callbacks; null: nobody is counted.
[[nodiscard]] route_table public_api(actors::front_door& front, actors::sign_in_door& sign_in,
                                     actors::rights_door& rights, actors::billing_door& billing, api_settings settings,
                                     std::shared_ptr<address_limits> per_address = nullptr);

} // namespace easel::server
