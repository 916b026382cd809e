#pragma once

#include "persistence/erasure_journal.hpp"
#include "persistence/rights.hpp"

#include <functional>
#include <memory>
#include <string>

namespace easel::persistence {

/// Where and when, for what is written down.
struct journaling {
  std::shared_ptr<erasure_journal> journal;
  std::function<instant()> wall_clock;
  std::function<void(const std::string&)> alarm; ///< a sentence for the operator, without any account's id
};

/// `rights` whose erasures stand in the journal first (docs/decisions/0022): `begin_erasure` looks whether the account
/// is there, makes its entry durable, and only then closes the account. When the entry cannot be made, nothing is
/// erased and the answer is `unavailable`. When the database fails after that, the account will be erased all the same:
/// by the next `unfinished_erasures`, which compares journal and database then, and each `comparison` anyway; or at the
/// next start. Blocks on the disk as well.
[[nodiscard]] std::unique_ptr<rights> make_journaled_rights(std::unique_ptr<rights> database, journaling how);

} // namespace easel::persistence
