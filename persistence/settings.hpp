#pragma once

#include "policies/identity.hpp"
#include "policies/retention.hpp"
#include "policies/strikes.hpp"
#include "policies/vocabulary/time.hpp"

#include <string>

namespace easel::persistence {

struct store_settings {
  std::string database_url; ///< a libpq connection string or URI
  policies::strike_policy strikes;
  policies::retention_windows retention;
  policies::identity_limits identity;
  duration connect_timeout = std::chrono::seconds(3);
  duration statement_timeout = std::chrono::seconds(10);
  duration lock_timeout = std::chrono::seconds(3);
  duration max_clock_skew = std::chrono::seconds(60); ///< between an id's timestamp and the database's clock
};

} // namespace easel::persistence
