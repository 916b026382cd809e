#pragma once

#include "http/server/json_body.hpp"
#include "policies/vocabulary/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// What the bodies of the console name: actors, generations, accounts, and a reason for the audit. What is wrong is the
/// reader's error.
namespace easel::server {

// Nothing: the field is not there.
[[nodiscard]] std::optional<std::uint64_t> actor_in(field_reader& fields);
[[nodiscard]] std::optional<generation_id> generation_in(field_reader& fields);
[[nodiscard]] std::optional<account_id> account_in(field_reader& fields);

// The field must be there.
[[nodiscard]] std::uint64_t read_actor(field_reader& fields);
[[nodiscard]] generation_id read_generation(field_reader& fields);
[[nodiscard]] account_id read_account(field_reader& fields);

/// At most 200 bytes without control characters; `is_needed`: it must not be empty.
[[nodiscard]] std::string read_reason(field_reader& fields, bool is_needed);

} // namespace easel::server
