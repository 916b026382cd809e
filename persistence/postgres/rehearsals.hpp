#pragma once

#include "persistence/postgres/connection.hpp"
#include "policies/evidence.hpp"

/// What people may demand of their data, tried on the live system for an account that does not exist: the very
/// statements, so that one which no longer fits the schema is noticed before somebody needs it.
namespace easel::persistence::postgres {

/// Both below. An error: the database does not answer.
[[nodiscard]] answer<policies::rights_facts> try_rights(connection& to);

// export.cpp
/// Reads every table of an export. Those that the inventory wants in it and that cannot be read are named.
[[nodiscard]] answer<policies::rights_facts> try_export(connection& to);

// identity.cpp
/// Whether correcting a name can be written: nothing is, for want of the account.
[[nodiscard]] answer<bool> try_rename(connection& to);

} // namespace easel::persistence::postgres
