#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/wire.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <libpq-fe.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The write commands as calls of functions in the database (persistence/migrations/V003__commands.sql).
namespace easel::persistence::postgres {

/// The command's name in errors, and that of the prepared statement that executes it.
[[nodiscard]] const char* name_of(const write& command);

/// Whether any text of the command holds a NUL, which no text of PostgreSQL can.
[[nodiscard]] bool has_nul(const write& command);

/// Prepares what the hot path executes. False when the schema is not there, or the connection went away.
[[nodiscard]] bool prepare_statements(PGconn* on);

/// A command on its way, with the content key of the account that it concerns: none when that is destroyed, or when the
/// command is for a generation that is not in work. A prompt or an image without it is refused by the database.
struct order {
  const write* command;
  std::optional<content_key> key;
};

/// Whether one statement takes any number of such commands.
[[nodiscard]] bool is_many_at_once(const write& command);

/// The parameters of the statement for `orders`: one, or several of a kind that goes many at once.
[[nodiscard]] parameters encode(std::span<const order> orders, const store_settings& settings, const keyring& keys);

/// The outcome of the command that stands at `row` of its statement.
[[nodiscard]] write_outcome decode(const write& command, const PGresult* from, int row);

/// The first statement of a batch: locks the rows that its commands write, in one order.
[[nodiscard]] parameters encode_lock(std::span<const uuid> generations, std::span<const uuid> accounts);
inline constexpr const char* lock_statement = "lock";

/// What a sealed prompt or image is bound to.
[[nodiscard]] std::string prompt_context(generation_id id);
[[nodiscard]] std::string image_context(generation_id id, std::int16_t index);

} // namespace easel::persistence::postgres
