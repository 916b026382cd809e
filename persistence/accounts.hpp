#pragma once

#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace easel::persistence {

enum class account_state : std::uint8_t { active = 0, suspended = 1, closed = 2 };

struct account_row {
  account_id id;
  tier of_tier = tier::free;
  account_state state = account_state::active;
  bool restricted = false;
  std::optional<instant> cooldown_until; ///< after strikes
  instant created_at;
};

struct key_row {
  key_id id;
  account_id account;
  std::string name;
  std::string hint; ///< the last four characters, for recognition
  instant created_at;
  std::optional<instant> last_used_at;
  std::optional<instant> revoked_at;
  std::optional<instant> expires_at;  ///< from then on it is not found
  std::optional<credits> monthly_cap; ///< most that may be spent with it in a UTC month
  credits used_this_month;            ///< of the cap: charged, or held; only counted where there is a cap
};

} // namespace easel::persistence
