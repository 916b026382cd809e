#pragma once

#include "config/settings.hpp"
#include "persistence/keyring.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>

namespace easel::tools {

/// Checks that the database is fit to be used, migrates it, and holds its columns against the data inventory. Returns
/// the keys that it is used with. The error is one or more sentences for the operator.
[[nodiscard]] expected<persistence::keyring, std::string> prepare_database(const config::settings& settings);

} // namespace easel::tools
