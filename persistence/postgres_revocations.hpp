#pragma once

#include "persistence/postgres_store.hpp"
#include "persistence/revocations.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace easel::persistence {

/// Listens on `easel_ended` (migration V006) with a connection of its own, which must be session-level. What it hears
/// of an account makes `commons` forget that account's content key too. A connection that has said nothing for five
/// seconds is asked for a sign of life, and counts as lost when none comes within two.
[[nodiscard]] std::unique_ptr<revocation_source> make_postgres_revocations(const store_settings& settings,
                                                                           std::shared_ptr<postgres_commons> commons);

/// What a notification says: "account", "key" or "session", a space, and an id.
[[nodiscard]] std::optional<revocation> read_revocation(std::string_view payload);

} // namespace easel::persistence
