#pragma once

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres_auditor.hpp"
#include "policies/evidence.hpp"

#include <string>
#include <vector>

/// The statements by which somebody gets their content. Nothing that has expired may come of them (RET-1), which the
/// audit tries on the live system with these very texts.
namespace easel::persistence::postgres {

/// One generation: `:id` of `:account`.
[[nodiscard]] std::string one_generation();
/// At most `:wanted` generations of `:account` before `:before`, the newest first.
[[nodiscard]] std::string newest_generations();
/// One image: the generation, an instant of its day, the index, the account.
inline constexpr const char* one_image =
  "select i.bytes_sealed, k.wrapped from easel.image i join easel.account_key k "
  "using (account_id) where i.generation_id = $1 and i.day = $2::timestamptz::date "
  "and i.index = $3 and i.account_id = $4 and i.expires_at > easel.now() "
  "and exists (select from easel.account a where a.id = i.account_id and a.state <> 2)";

/// Asks each for the newest completed generation at the very moment at which it will expire: that clock is set for this
/// read-only transaction alone. Nothing is tried on a system without one.
[[nodiscard]] answer<policies::serving_facts> try_serving(connection& to,
                                                          const std::vector<serving_statement>& statements);

} // namespace easel::persistence::postgres
