#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/wire.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <string_view>

/// Each write command as one call of a function in the database (persistence/migrations/V003__commands.sql).
namespace easel::persistence::postgres {

/// The command's name, in errors and as a prepared statement.
[[nodiscard]] const char* name_of(const write& command);

/// Whether any text of the command holds a NUL, which no text of PostgreSQL can.
[[nodiscard]] bool has_nul(const write& command);

/// Prepares what the hot path executes. False when the schema is not there, or the connection went away.
[[nodiscard]] bool prepare_statements(PGconn* on);

/// One execution, ready to be sent. Not movable: its parameters point into `sealed`.
struct execution {
  execution() = default;
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  parameters values;
  std::string sealed;
};

/// `key` is the content key of the account that the command concerns; none when it is destroyed or the command is
/// for a generation that is not in work. A prompt or an image without it is refused by the database.
void encode(const write& command, const store_settings& settings, const keyring& keys,
            const std::optional<content_key>& key, execution& out);

[[nodiscard]] write_outcome decode(const write& command, const PGresult* from);

/// What a sealed prompt or image is bound to.
[[nodiscard]] std::string prompt_context(generation_id id);
[[nodiscard]] std::string image_context(generation_id id, std::int16_t index);

} // namespace easel::persistence::postgres
