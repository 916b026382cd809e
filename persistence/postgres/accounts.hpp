#pragma once

#include "persistence/keyring.hpp"
#include "persistence/nul.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/store.hpp"

#include <string>

/// What every operation that writes about accounts needs: texts that PostgreSQL can hold, ids, a new account.
namespace easel::persistence::postgres {

[[nodiscard]] inline auto refused(std::string_view operation, std::string_view code) {
  return unexpected(error_of(operation, code));
}

/// What an account is set to when its suspension or cool-down is lifted.
inline constexpr const char* lifted = "state = 0, cooldown_until = null, strikes_since = easel.now()";

/// The database's time, as easel.now() has it.
[[nodiscard]] instant now_of(soci::session& sql);

template <class Id>
[[nodiscard]] Id mint(instant at) {
  std::array<std::uint8_t, 10> random{};
  fill_random(random.data(), random.size());
  return Id{make_uuid_v7(at, random)};
}

struct made_account {
  account_id id;
  content_key key;
};

/// An active account without credits, and the key that seals its content.
[[nodiscard]] made_account insert_account(soci::session& sql, const keyring& keys, tier of);

} // namespace easel::persistence::postgres
