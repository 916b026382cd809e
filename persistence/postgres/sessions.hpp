#pragma once

#include "persistence/postgres/connection.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

namespace easel::persistence::postgres {

/// The session that a sign-in ends in, under `new_token`: that of the same account under `token` goes on, any other
/// one under `token` ends, and the account's oldest beyond the bound. The caller holds the account's row.
[[nodiscard]] session_row put_session(soci::session& sql, const store_settings& settings, account_id account,
                                      const digest& token, const digest& new_token, const std::string& device);

} // namespace easel::persistence::postgres
