#pragma once

#include "persistence/journaling.hpp"
#include "persistence/rights.hpp"

#include <memory>

namespace easel::persistence {

/// `rights` whose erasures stand in the journal first (docs/decisions/0022): `begin_erasure` looks whether the account
/// is there, makes its entry durable, and only then closes the account; what an operator wants is noted for the audit
/// before. When the entry cannot be made, nothing is erased and the answer is `unavailable`. When the database fails
/// after that, the account will be erased all the same: by the next `unfinished_erasures`, which compares journal and
/// database then, and each `comparison` anyway; or at the next start. Blocks on the disk as well.
[[nodiscard]] std::unique_ptr<rights> make_journaled_rights(std::unique_ptr<rights> database, journaling how);

} // namespace easel::persistence
