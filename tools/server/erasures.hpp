#pragma once

#include "config/settings.hpp"
#include "persistence/erasure_journal.hpp"
#include "persistence/keyring.hpp"
#include "policies/vocabulary/expected.hpp"

#include <memory>
#include <string>

namespace easel::tools {

/// The journal of erasures, compared with the database: when this returns one, everybody whom it names is erased
/// (RIGHT-3). Null where none is configured, which only development may leave out. Called once, on a migrated database,
/// before anything else works with it. The error is a sentence for the operator; nobody may be served then.
[[nodiscard]] expected<std::shared_ptr<persistence::erasure_journal>, std::string>
open_erasure_journal(const config::settings&, const std::shared_ptr<const persistence::keyring>& keys);

} // namespace easel::tools
